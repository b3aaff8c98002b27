/** The zones of a load balancer with the static addresses that are asked for in each. */
import { quote } from "../../../core/quote.ts";
import type { SubnetFacts } from "../model/facts.ts";
import { type PinFields, sortedBy, type ZoneFields } from "../model/resources.ts";
import type { AwsSettings } from "../settings/service-settings.ts";
import { canonicalCidr, isWithin } from "./cidr.ts";
import { type Decided, decided, pending, undecided } from "./problems.ts";
import type { ChosenSubnets } from "./subnets.ts";
import type { View } from "./view.ts";

export interface Zones {
  readonly zones: readonly ZoneFields[];
  readonly pins: Readonly<Record<string, PinFields>>;
}

/** `keepFound`: what is adopted stays in its zones, unless subnets are named. */
export function zonesOf(
  leader: View,
  { subnets, named }: ChosenSubnets,
  addressType: "ipv4" | "dualstack",
  keepFound: boolean,
): Decided<Zones> {
  const { settings } = leader;
  const all = subnets.map(({ subnet }) => subnet);
  const problem = checkStatic(leader, all, addressType);
  if (problem !== undefined) return undecided(pending("InvalidSettings", problem));
  const own = (
    addresses: readonly string[] | undefined,
    cidrOf: (subnet: SubnetFacts) => string | undefined,
  ) => assigned(addresses, all, cidrOf);
  const privateIPv4 = own(settings.privateIPv4Addresses, ({ cidr }) => cidr);
  const ipv6 = own(settings.ipv6Addresses, ({ ipv6Cidr }) => ipv6Cidr);
  const zones = subnets.map(({ subnet, isNearlyFull }, index): ZoneFields => {
    const allocationId = settings.eipAllocations?.[index];
    const prefix = prefixOf(settings, index);
    const ipv4 = privateIPv4.get(subnet);
    const six = ipv6.get(subnet);
    return {
      zone: subnet.zone,
      subnet: subnet.id,
      ...(allocationId === undefined ? {} : { allocationId }),
      ...(ipv4 === undefined ? {} : { privateIPv4: ipv4 }),
      ...(six === undefined ? {} : { ipv6: six }),
      ...(prefix === undefined ? {} : { sourceNatPrefix: prefix }),
      ...(keepFound && !named
        ? { only: "at-creation" as const }
        : isNearlyFull
          ? { only: "if-there" as const }
          : {}),
    };
  });
  const pins = zones.map(({ zone, subnet, allocationId, privateIPv4: ipv4, ipv6: six }) => [
    zone,
    {
      ...(named ? { subnet } : {}),
      ...(allocationId === undefined ? {} : { allocationId }),
      ...(ipv4 === undefined ? {} : { privateIPv4: ipv4 }),
      ...(six === undefined ? {} : { ipv6: six }),
    },
  ]);
  return decided({ zones: sortedBy(zones, ({ zone }) => zone), pins: Object.fromEntries(pins) });
}

function checkStatic(
  { settings, scheme }: View,
  subnets: readonly SubnetFacts[],
  addressType: "ipv4" | "dualstack",
): string | undefined {
  const { eipAllocations, privateIPv4Addresses, ipv6Addresses, sourceNat, sourceNatPrefixes } = settings;
  if (eipAllocations !== undefined && scheme !== "internet-facing")
    return "eipAllocations: an internal load balancer has no Elastic IPs; ask for scheme external, or take them off";
  if (privateIPv4Addresses !== undefined && scheme !== "internal")
    return "privateIPv4Addresses: an external load balancer can't have them; ask for scheme internal, or take them off";
  if (ipv6Addresses !== undefined && addressType !== "dualstack")
    return "ipv6Addresses: the load balancer is ipv4; set ip-address-type to dualstack, or take them off";
  if (sourceNat === "on" && addressType !== "dualstack")
    return "sourceNat: on is for dual-stack load balancers; set ip-address-type to dualstack, or turn it off";
  if (sourceNatPrefixes !== undefined && sourceNat !== "on")
    return "sourceNatPrefixes: they need sourceNat: on";
  return (
    checkList("eipAllocations", eipAllocations, subnets) ??
    checkList("privateIPv4Addresses", privateIPv4Addresses, subnets, ({ cidr }) => cidr) ??
    checkList("ipv6Addresses", ipv6Addresses, subnets, ({ ipv6Cidr }) => ipv6Cidr) ??
    checkList("sourceNatPrefixes", sourceNatPrefixes, subnets) ??
    checkPrefixes(sourceNatPrefixes, subnets)
  );
}

/** As many as subnets and, where `cidrOf` is given, exactly one within each. */
function checkList(
  setting: string,
  entries: readonly string[] | undefined,
  subnets: readonly SubnetFacts[],
  cidrOf?: (subnet: SubnetFacts) => string | undefined,
): string | undefined {
  if (entries === undefined) return undefined;
  if (entries.length !== subnets.length) {
    const ids = subnets.map(({ id }) => id).join(", ");
    return `${setting}: there are ${entries.length}, and ${subnets.length} subnets (${ids}); name one for each`;
  }
  if (cidrOf === undefined) return undefined;
  for (const subnet of subnets) {
    const within = entries.filter((entry) => isWithin(entry, cidrOf(subnet)));
    if (within.length === 1) continue;
    const found = within.length === 0 ? "none" : within.join(" and ");
    return `${setting}: subnet ${subnet.id} (${cidrOf(subnet)}) needs exactly one of them; found ${found}`;
  }
  return undefined;
}

function checkPrefixes(
  prefixes: readonly string[] | undefined,
  subnets: readonly SubnetFacts[],
): string | undefined {
  for (const [index, prefix] of (prefixes ?? []).entries()) {
    const subnet = subnets[index];
    if (prefix === "auto_assigned" || isWithin(prefix, subnet?.ipv6Cidr)) continue;
    return `sourceNatPrefixes: ${quote(prefix)} is not within the range of subnet ${subnet?.id} (${subnet?.ipv6Cidr ?? "no IPv6"})`;
  }
  return undefined;
}

function assigned(
  addresses: readonly string[] | undefined,
  subnets: readonly SubnetFacts[],
  cidrOf: (subnet: SubnetFacts) => string | undefined,
): ReadonlyMap<SubnetFacts, string> {
  return new Map(
    subnets.flatMap((subnet) => {
      const address = addresses?.find((each) => isWithin(each, cidrOf(subnet)));
      return address === undefined ? [] : [[subnet, address] as const];
    }),
  );
}

function prefixOf({ sourceNat, sourceNatPrefixes }: AwsSettings, index: number): string | undefined {
  if (sourceNat !== "on") return undefined;
  const prefix = sourceNatPrefixes?.[index] ?? "auto_assigned";
  return prefix === "auto_assigned" ? prefix : canonicalCidr(prefix);
}
