/** The Lease object: what a claim, a renewal and a release write. Pure. */
import type { KubeObject, Resource } from "../../api/meta.ts";

export interface Lease extends KubeObject {
  spec?:
    | {
        holderIdentity?: string | undefined;
        leaseDurationSeconds?: number | undefined;
        acquireTime?: string | undefined;
        renewTime?: string | undefined;
        leaseTransitions?: number | undefined;
      }
    | undefined;
}

export const leases: Resource<Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  namespaced: true,
};

export interface LeaseClaim {
  readonly identity: string;
  readonly leaseMs: number;
  /** Wall clock; for people who read the Lease, never compared. */
  readonly nowMs: number;
}

/** `metav1.MicroTime`: the API server insists on exactly six digits of fraction. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

export function newLease(at: { namespace: string; name: string }, claim: LeaseClaim): Lease {
  const now = microTime(claim.nowMs);
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { namespace: at.namespace, name: at.name },
    spec: {
      holderIdentity: claim.identity,
      leaseDurationSeconds: claim.leaseMs / 1000,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 0,
    },
  };
}

/** The same Lease, held by the claimant. It carries the resourceVersion that was read: a change since then refuses it. */
export function claimed(lease: Lease, claim: LeaseClaim): Lease {
  const { spec = {} } = lease;
  const mine = spec.holderIdentity === claim.identity;
  const transitions = spec.leaseTransitions ?? 0;
  return {
    ...lease,
    spec: {
      ...spec,
      holderIdentity: claim.identity,
      leaseDurationSeconds: claim.leaseMs / 1000,
      acquireTime: mine && spec.acquireTime !== undefined ? spec.acquireTime : microTime(claim.nowMs),
      renewTime: renewTime(claim.nowMs, spec.renewTime),
      leaseTransitions: mine ? transitions : transitions + 1,
    },
  };
}

/**
 * A write that changes nothing is none to the API server, and those who watch would see no sign of life: when the
 * wall clock was set back to the very moment of the last renewal, the next millisecond is written.
 */
function renewTime(nowMs: number, before: string | undefined): string {
  const now = microTime(nowMs);
  return now === before ? microTime(nowMs + 1) : now;
}

/** The same Lease, free for anyone at once. */
export function released(lease: Lease, nowMs: number): Lease {
  return {
    ...lease,
    spec: {
      ...lease.spec,
      holderIdentity: "",
      leaseDurationSeconds: 1,
      acquireTime: microTime(nowMs),
      renewTime: renewTime(nowMs, lease.spec?.renewTime),
    },
  };
}
