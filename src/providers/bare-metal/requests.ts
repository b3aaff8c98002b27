/** What the allocator is asked for one load balancer. Pure. */
import type { AllocationRequest } from "../../core/allocator/contract.ts";
import { type IPAddress, parseAddress } from "../../core/ip/address.ts";
import { type AddressRange, parseRange } from "../../core/ip/range.ts";
import { sharingScope } from "../../core/policy.ts";
import type { Member } from "../provider.ts";

export function allocationRequest(member: Member): AllocationRequest {
  const { metadata, spec } = member.lb;
  const namespace = metadata.namespace ?? "";
  const policy = member.cls.spec.policy;
  const scope = sharingScope(namespace, spec.className, member.cls.spec);
  return {
    id: member.key,
    namespace,
    name: metadata.name ?? "",
    labels: metadata.labels ?? {},
    families: spec.ipFamilies,
    familyPolicy: spec.ipFamilyPolicy,
    addresses: readAddresses(spec.addresses ?? []),
    pool: spec.pool,
    ports: spec.ports.map(({ protocol, port }) => ({ protocol, port })),
    sharing: spec.sharing === undefined ? undefined : { ...spec.sharing, scope },
    limits: {
      pools: policy.pools,
      ranges: policy.ranges === undefined ? undefined : readRanges(policy.ranges),
    },
    order: member.order,
  };
}

/** Leaves out what can't be read; of our own kinds the schema has refused that before. */
export function readAddresses(texts: readonly string[]): IPAddress[] {
  return texts.flatMap((text) => {
    const parsed = parseAddress(text);
    return parsed.ok ? [parsed.address] : [];
  });
}

function readRanges(texts: readonly string[]): AddressRange[] {
  return texts.flatMap((text) => {
    const parsed = parseRange(text);
    return parsed.ok ? [parsed.range] : [];
  });
}
