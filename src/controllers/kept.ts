/** LoadBalancers that are missing although their Services should have them: what they had is kept until they are made anew. */
import type { LoadBalancer } from "../api/load-balancer.ts";
import type { Clock } from "../runtime/clock.ts";
import { ownerKey } from "./indexes.ts";
import { keyOfLoadBalancer } from "./load-balancer/members.ts";

export interface Kept {
  /** `lb`: as it was, or as it is going to be. */
  keep(lb: LoadBalancer): void;
  has(member: string): boolean;
  /** For how long it has been missing, in ms; undefined for one that is not kept. */
  ageMs(member: string): number | undefined;
  /** It is there again, or nobody wants it any more. */
  drop(member: string): void;
  /** Those of one Service (`namespace/name`). */
  of(service: string): readonly LoadBalancer[];
  all(): readonly LoadBalancer[];
}

export function createKept(clock: Pick<Clock, "monotonic">): Kept {
  const lbs = new Map<string, LoadBalancer>();
  const since = new Map<string, number>();
  const byService = new Map<string, Set<string>>();
  return {
    keep(lb) {
      const member = keyOfLoadBalancer(lb);
      const service = ownerKey(lb);
      if (service === undefined) return;
      lbs.set(member, lb);
      since.set(member, since.get(member) ?? clock.monotonic());
      byService.set(service, (byService.get(service) ?? new Set()).add(member));
    },
    has: (member) => lbs.has(member),
    ageMs(member) {
      const began = since.get(member);
      return began === undefined ? undefined : clock.monotonic() - began;
    },
    all: () => [...lbs.values()],
    drop(member) {
      const lb = lbs.get(member);
      const service = lb === undefined ? undefined : ownerKey(lb);
      lbs.delete(member);
      since.delete(member);
      if (service === undefined) return;
      const members = byService.get(service);
      members?.delete(member);
      if (members?.size === 0) byService.delete(service);
    },
    of: (service) =>
      [...(byService.get(service) ?? [])].flatMap((member) => {
        const lb = lbs.get(member);
        return lb === undefined ? [] : [lb];
      }),
  };
}
