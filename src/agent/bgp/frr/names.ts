/** Names of ours in FRR's configuration. They stay the same as long as what they stand for does: FRR is not told anew of what has not changed. Pure. */
import { createHash } from "node:crypto";

/** Every route map of FRR's that begins with this is ours. */
export const PREFIX = "fairlead-";

/** FRR keeps names of BFD profiles in 64 bytes. */
const LONGEST = 48;

/** The route map by which nothing is learnt from any peer. */
export const LEARN_NOTHING = `${PREFIX}learn-nothing`;

/** The route map by which a prefix is announced to nobody any more. */
export const LEAVING = `${PREFIX}leaving`;

/** The line that a router begins with. */
export function routerLine({ asn, vrf }: { readonly asn: number; readonly vrf: string | undefined }): string {
  return vrf === undefined ? `router bgp ${asn}` : `router bgp ${asn} vrf ${vrf}`;
}

/** The route map of what one peer is sent. */
export function exportName(peer: string): string {
  return `${PREFIX}to-${short(peer)}`;
}

export function profileName(profile: string): string {
  return short(profile);
}

/** The advertisements that ask for a route, in the words of FRR. */
export interface GroupWords {
  /** The route map that its routes come from. */
  readonly name: string;
  /** By which the route maps of peers know them. It is sent to nobody. */
  readonly tag: number;
  /** Of its entry in the route map of every peer. Entries exclude each other, so that their order says nothing. */
  readonly entry: number;
}

/** By `groupKey`. Guarantees: no tag or entry twice; entries are from 1 to 65000. */
export function groupWords(groups: readonly (readonly string[])[]): Map<string, GroupWords> {
  const words = new Map<string, GroupWords>();
  const tags = new Set<number>();
  const entries = new Set<number>();
  for (const key of [...new Set(groups.map(groupKey))].sort()) {
    const sum = digest(key);
    const tag = free(tags, Number.parseInt(sum.slice(0, 8), 16), 4_294_967_295);
    const entry = free(entries, Number.parseInt(sum.slice(8, 16), 16), 65_000);
    words.set(key, { name: `${PREFIX}group-${sum.slice(0, 16)}`, tag, entry });
  }
  return words;
}

export function groupKey(group: readonly string[]): string {
  return JSON.stringify(group);
}

/** The first number from 1 to `most` that is not taken, from one on that is made of `wish`; takes it. */
function free(taken: Set<number>, wish: number, most: number): number {
  let number = (wish % most) + 1;
  while (taken.has(number)) number = (number % most) + 1;
  taken.add(number);
  return number;
}

function short(name: string): string {
  return name.length <= LONGEST ? name : `${name.slice(0, LONGEST - 9)}-${digest(name).slice(0, 8)}`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
