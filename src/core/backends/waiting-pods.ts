/** Endpoints that are not ready and belong to a pod: pods with readiness gates are among them until their gates are open. Pure. */
import type { Endpoint, EndpointSlice } from "../../api/kubernetes.ts";
import { formatAddress, parseAddress } from "../ip/address.ts";

/** A pod that waits behind a Service, and where it would take traffic. */
export interface WaitingPod {
  readonly uid: string;
  readonly name: string;
  /** Every address with every port; addresses as RFC 5952 text where they are IPv6. */
  readonly targets: readonly PodTarget[];
}

export interface PodTarget {
  readonly address: string;
  readonly port: number;
}

/** By UID. One that is going does not count: it will not become ready any more. */
export function waitingPods(slices: readonly EndpointSlice[]): Map<string, WaitingPod> {
  const found = new Map<string, WaitingPod>();
  for (const { endpoints, ports } of slices) {
    for (const endpoint of endpoints ?? []) {
      const uid = uidOfWaiting(endpoint);
      const [text] = endpoint.addresses;
      if (uid === undefined || text === undefined) continue;
      const parsed = parseAddress(text);
      const address = parsed.ok ? formatAddress(parsed.address) : text;
      const targets = (ports ?? []).flatMap(({ port }) => (port === undefined ? [] : { address, port }));
      const before = found.get(uid)?.targets ?? [];
      found.set(uid, { uid, name: endpoint.targetRef?.name ?? "", targets: [...before, ...targets] });
    }
  }
  return found;
}

/** UIDs of the pods that wait in this slice. */
export function waitingUids({ endpoints }: EndpointSlice): string[] {
  return (endpoints ?? []).flatMap((endpoint) => uidOfWaiting(endpoint) ?? []);
}

/** The same slices, with the endpoints of these pods as ready ones. */
export function withReady(slices: readonly EndpointSlice[], uids: ReadonlySet<string>): EndpointSlice[] {
  return slices.map((slice) => {
    if (!waitingUids(slice).some((uid) => uids.has(uid))) return slice;
    const endpoints = slice.endpoints?.map((endpoint) =>
      uids.has(uidOfWaiting(endpoint) ?? "")
        ? { ...endpoint, conditions: { ready: true, serving: true, terminating: false } }
        : endpoint,
    );
    return { ...slice, endpoints };
  });
}

function uidOfWaiting({ conditions, targetRef }: Endpoint): string | undefined {
  const waits = conditions?.ready === false && conditions.terminating !== true;
  return waits && targetRef?.kind === "Pod" ? targetRef.uid : undefined;
}
