/** Names of communities: each belongs to one object. Pure. */
import type { CommunitySpec } from "../../api/community.ts";
import { quote } from "../../core/quote.ts";
import type { Against, InForce } from "./accept-in-order.ts";

export const communityAgainst: Against<CommunitySpec> = (_name, { communities }, others) => {
  const taken = ownersOf(others);
  for (const { name } of communities) {
    const owner = taken.get(name);
    if (owner === undefined) continue;
    return {
      reason: "NameConflict",
      message: `spec.communities: the name ${quote(name)} is in Community ${quote(owner)} already; take it out of one of them`,
    };
  }
  return undefined;
};

/** The names in force, each with the name of its object. */
export function ownersOf(inForce: Iterable<InForce<CommunitySpec>>): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const { name: object, spec } of inForce)
    for (const { name } of spec.communities) if (!owners.has(name)) owners.set(name, object);
  return owners;
}
