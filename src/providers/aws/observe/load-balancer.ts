/** A load balancer of AWS in the spelling of the model. Pure. */
import type { AvailabilityZone, LoadBalancer } from "@aws-sdk/client-elastic-load-balancing-v2";
import { formatAddress, parseAddress } from "../../../core/ip/address.ts";
import { type Attributes, deletionProtection } from "../model/attributes.ts";
import { markKeys, type Tags } from "../model/marks.ts";
import {
  type LoadBalancerFields,
  type LoadBalancerState,
  type PinFields,
  sortedBy,
  type ZoneFields,
} from "../model/resources.ts";

/** What DescribeLoadBalancers, CreateLoadBalancer and SetSubnets tell of the zones. */
export type ZonesSeen = Pick<LoadBalancerFields, "zones" | "pins"> & Pick<LoadBalancerState, "zoneAddresses">;

/** What `poll` reads again, and a creation tells. */
export function stateOf(lb: LoadBalancer): LoadBalancerState & ZonesSeen {
  const reason = lb.State?.Reason;
  return {
    dnsName: lb.DNSName ?? "",
    canonicalHostedZoneId: lb.CanonicalHostedZoneId ?? "",
    state: lb.State?.Code ?? "active",
    ...(reason === undefined || reason === "" ? {} : { stateReason: reason }),
    ...zonesOf(lb.AvailabilityZones, lb.State?.Code === "provisioning"),
  };
}

export function loadBalancerFields(
  lb: LoadBalancer,
  seen: { readonly attributes: Attributes; readonly minimumCapacity: number; readonly tags: Tags },
): LoadBalancerFields & LoadBalancerState {
  const securityGroups = [...(lb.SecurityGroups ?? [])].sort();
  const hasSecurityGroups = securityGroups.length > 0;
  const privateLink = lb.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic === "off" ? "off" : "on";
  return {
    type: "network",
    name: lb.LoadBalancerName ?? "",
    scheme: lb.Scheme === "internal" ? "internal" : "internet-facing",
    vpc: lb.VpcId ?? "",
    ipAddressType: lb.IpAddressType === "dualstack" ? "dualstack" : "ipv4",
    hasSecurityGroups,
    securityGroups,
    privateLinkRules: hasSecurityGroups ? privateLink : null,
    sourceNat: lb.EnablePrefixForIpv6SourceNat === "on" ? "on" : "off",
    ...seen,
    attributes: withoutForeignProtection(seen),
    ...stateOf(lb),
  };
}

/** Protection that others switched on is no difference from what is wanted, or it would be switched off. */
function withoutForeignProtection({
  attributes,
  tags,
}: {
  readonly attributes: Attributes;
  readonly tags: Tags;
}): Attributes {
  if (tags[markKeys.protection] !== undefined) return attributes;
  const { [deletionProtection]: _foreign, ...others } = attributes;
  return others;
}

/** While AWS is still at it, a zone without addresses tells nothing of them: it has no pin, so that none is taken for missing. */
export function zonesOf(zones: readonly AvailabilityZone[] | undefined, isProvisioning = false): ZonesSeen {
  const all = sortedBy((zones ?? []).map(zoneOf), ({ fields }) => fields.zone);
  const pinned = all.filter(({ fields }) => !isProvisioning || isStatic(fields));
  return {
    zones: all.map(({ fields }) => fields),
    pins: Object.fromEntries(pinned.map(({ fields }) => [fields.zone, pinOf(fields)])),
    zoneAddresses: all.flatMap(({ fields, ip }) => {
      const pin = { zone: fields.zone, ...pinOf(fields) };
      if (ip !== undefined) return [{ ...pin, ip }];
      return isStatic(fields) ? [pin] : [];
    }),
  };
}

/** After SetSubnets, whose answer need not show addresses: who stays has them still, and who comes has what was asked for. */
export function zonesAfter(seen: ZonesSeen, before: ZonesSeen, asked: readonly ZoneFields[]): ZonesSeen {
  const zones = seen.zones.map((zone) => {
    const known = [...before.zones, ...asked].find(
      (one) => one.zone === zone.zone && one.subnet === zone.subnet,
    );
    return known === undefined ? zone : { ...pinOf(known), ...zone };
  });
  return {
    zones,
    pins: Object.fromEntries(zones.map((zone) => [zone.zone, pinOf(zone)])),
    zoneAddresses: zones.flatMap((zone) => {
      const shown = [...seen.zoneAddresses, ...before.zoneAddresses].find(
        (one) => one.zone === zone.zone && one.subnet === zone.subnet,
      );
      if (shown !== undefined) return [shown];
      return isStatic(zone) ? [{ zone: zone.zone, ...pinOf(zone) }] : [];
    }),
  };
}

function isStatic({ allocationId, privateIPv4, ipv6 }: PinFields): boolean {
  return [allocationId, privateIPv4, ipv6].some((text) => text !== undefined);
}

function zoneOf(zone: AvailabilityZone): { fields: ZoneFields; ip: string | undefined } {
  const addresses = zone.LoadBalancerAddresses ?? [];
  const first = (pick: (address: (typeof addresses)[number]) => string | undefined): string | undefined =>
    addresses.map(pick).find((text) => text !== undefined && text !== "");
  const ipv6 = first(({ IPv6Address }) => IPv6Address);
  const fields = {
    zone: zone.ZoneName ?? "",
    subnet: zone.SubnetId ?? "",
    ...present(
      "allocationId",
      first(({ AllocationId }) => AllocationId),
    ),
    ...present(
      "privateIPv4",
      first(({ PrivateIPv4Address }) => PrivateIPv4Address),
    ),
    ...present("ipv6", ipv6 === undefined ? undefined : canonicalAddress(ipv6)),
    ...present("sourceNatPrefix", zone.SourceNatIpv6Prefixes?.[0]),
  };
  return { fields, ip: first(({ IpAddress }) => IpAddress) };
}

function pinOf({ subnet, allocationId, privateIPv4, ipv6 }: ZoneFields): PinFields {
  return {
    subnet,
    ...present("allocationId", allocationId),
    ...present("privateIPv4", privateIPv4),
    ...present("ipv6", ipv6),
  };
}

export function canonicalAddress(text: string): string {
  const parsed = parseAddress(text);
  return parsed.ok ? formatAddress(parsed.address) : text;
}

function present<Name extends string>(name: Name, value: string | undefined): { [key in Name]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { [key in Name]: string });
}
