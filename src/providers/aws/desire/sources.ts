/** Which clients are let in. */
import type { Problem } from "../../provider.ts";
import type { AwsFacts } from "../model/facts.ts";
import { sortedBy } from "../model/resources.ts";
import { canonicalCidr, familyOfCidr } from "./cidr.ts";
import { pending } from "./problems.ts";
import type { View } from "./view.ts";

/**
 * Those that the member names; else, where it names no prefix list, those of its class; else the VPC's own ranges for an internal load balancer,
 * and everybody for an external one. Canonical, each once, sorted.
 */
export function sourcesOf(
  { spec, settings, cls }: View,
  facts: AwsFacts,
  addressType: "ipv4" | "dualstack",
): readonly string[] {
  const named = spec.sourceRanges ?? [];
  if (named.length > 0) return canonicalList(named);
  if (settings.prefixLists !== undefined) return [];
  const usual = cls.sourceRanges[spec.scheme] ?? everybody(spec.scheme, facts);
  return canonicalList(usual.filter((cidr) => addressType === "dualstack" || familyOfCidr(cidr) === "IPv4"));
}

/** Ranges that the member names and its load balancer has no addresses for. */
export function wrongSources({ spec }: View, addressType: "ipv4" | "dualstack"): Problem[] {
  if (addressType === "dualstack") return [];
  const strange = (spec.sourceRanges ?? []).filter((cidr) => familyOfCidr(cidr) === "IPv6");
  if (strange.length === 0) return [];
  return [
    pending(
      "InvalidSpec",
      `the source range ${strange[0]} is IPv6, but the load balancer is ipv4; set ip-address-type to dualstack, or take it off`,
    ),
  ];
}

function everybody(scheme: "internal" | "external", { vpc }: AwsFacts): readonly string[] {
  return scheme === "internal" ? [...vpc.ipv4, ...vpc.ipv6] : ["0.0.0.0/0", "::/0"];
}

export function canonicalList(cidrs: readonly string[]): readonly string[] {
  return sortedBy([...new Set(cidrs.map(canonicalCidr))], (cidr) => cidr);
}
