/** Names of ours in FRR's configuration. They stay the same as long as what they stand for does: FRR is not told anew of what has not changed. Pure. */
import { createHash } from "node:crypto";
import type { ExportPlan } from "../exports.ts";

/** Everything of FRR's lists and route maps that begins with this is ours. */
export const PREFIX = "fairlead-";

/** FRR keeps names of BFD profiles in 64 bytes. */
const LONGEST = 48;

/** The route map by which nothing is learnt from any peer. */
export const LEARN_NOTHING = `${PREFIX}learn-nothing`;

/** The route map by which a prefix is announced to nobody any more. */
export const LEAVING = `${PREFIX}leaving`;

/** The route map of what one peer is sent. */
export function exportName(peer: string): string {
  return `${PREFIX}to-${short(peer)}`;
}

/** The prefix list of routes with the same attributes. */
export function listName(peer: string, group: ExportPlan): string {
  return `${exportName(peer)}-${digest(attributesOf(group)).slice(0, 8)}`;
}

export function profileName(profile: string): string {
  return short(profile);
}

/** Numbers for the entries of a route map; entries exclude each other, so that their order says nothing. Guarantees: distinct, from 1 to 65000. */
export function entryNumbers(groups: readonly ExportPlan[]): Map<ExportPlan, number> {
  const taken = new Set<number>();
  const numbers = new Map<ExportPlan, number>();
  for (const group of groups) {
    let number =
      (Number.parseInt(digest(`${group.family} ${attributesOf(group)}`).slice(0, 8), 16) % 65000) + 1;
    while (taken.has(number)) number = (number % 65000) + 1;
    taken.add(number);
    numbers.set(group, number);
  }
  return numbers;
}

function attributesOf({ localPref, communities, largeCommunities }: ExportPlan): string {
  return JSON.stringify([localPref ?? null, communities, largeCommunities]);
}

function short(name: string): string {
  return name.length <= LONGEST ? name : `${name.slice(0, LONGEST - 9)}-${digest(name).slice(0, 8)}`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
