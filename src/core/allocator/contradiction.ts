/** Whether a request makes sense by itself, before any pool is looked at. */
import { formatAddress, type IPAddress, type IPFamily, sameAddress } from "../ip/address.ts";
import type { AllocationRequest, Problem } from "./contract.ts";
import { nameOf } from "./wording.ts";

/** The families to be served, the preferred first. */
export function wantedFamilies({ families, familyPolicy }: AllocationRequest): readonly IPFamily[] {
  return familyPolicy === "SingleStack" ? families.slice(0, 1) : [...new Set(families)];
}

/** Why no pool could ever meet the request; `undefined` if one could. */
export function contradictionIn(
  request: AllocationRequest,
  wanted: readonly IPFamily[],
): Problem<"FamilyUnavailable"> | undefined {
  const refuse = (message: string) => ({ reason: "FamilyUnavailable" as const, message });
  if (wanted.length === 0) return refuse(`${nameOf(request)} has no IP family; give it a cluster IP`);
  if (request.familyPolicy === "RequireDualStack" && wanted.length < 2) {
    return refuse(`${nameOf(request)} requires two IP families and has only ${wanted[0]}`);
  }
  const seen = new Map<IPFamily, IPAddress>();
  for (const address of request.addresses) {
    const text = formatAddress(address);
    if (!wanted.includes(address.family)) {
      return refuse(`Cannot use ${text}: ${nameOf(request)} is ${wanted.join(" and ")} only`);
    }
    const other = seen.get(address.family);
    if (other && !sameAddress(other, address)) {
      return refuse(`Cannot use both ${formatAddress(other)} and ${text}: one address per family`);
    }
    seen.set(address.family, address);
  }
  return undefined;
}
