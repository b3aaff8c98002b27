/** The endpoints of a Service as targets. */
import type { EndpointSlice } from "../../../api/kubernetes.ts";
import { endpointsOfPort } from "../../../core/backends/endpoints.ts";
import { parseAddress } from "../../../core/ip/address.ts";
import type { AwsFacts } from "../model/facts.ts";
import { canonicalTargets, type Target } from "../model/resources.ts";
import { isWithin } from "./cidr.ts";
import type { Listens } from "./listens.ts";
import type { View } from "./view.ts";

export interface PodTargets {
  readonly targets: readonly Target[];
  /** By address: the zone. */
  readonly zones: ReadonlyMap<string, string>;
}

/** Those that are ready; while none is, those that are going and still answer (KEP-1669). */
export function podTargets(
  view: View,
  { from, protocol }: Listens,
  slices: readonly EndpointSlice[],
  facts: AwsFacts,
): PodTargets {
  const all = endpointsOfPort(slices, {
    portName: from.name,
    protocol: from.protocol,
    family: view.family,
  });
  const ready = all.filter(({ state }) => state === "ready");
  const taken = ready.length > 0 ? ready : all.filter(({ state }) => state === "serving-terminating");
  const isQuic = protocol === "QUIC" || protocol === "TCP_QUIC";
  const targets = taken.map(({ address, port }): Target => {
    const inside = [...facts.vpc.ipv4, ...facts.vpc.ipv6].some((cidr) => isWithin(address, cidr));
    return {
      id: address,
      port,
      ...(inside ? {} : { zone: "all" as const }),
      ...(isQuic ? { quicServerId: quicServerId(address) } : {}),
    };
  });
  return {
    targets: canonicalTargets(targets),
    zones: new Map(taken.map(({ address, zone = "" }) => [address, zone])),
  };
}

/**
 * What QUIC connection ids have to begin with so that packets find their pod: the address's last 8 bytes, those of IPv4 behind zeros. A
 * pod knows its own address, so nothing has to be put into it.
 */
function quicServerId(address: string): string {
  const parsed = parseAddress(address);
  const value = parsed.ok ? parsed.address.value : 0n;
  return `0x${BigInt.asUintN(64, value).toString(16).padStart(16, "0")}`;
}
