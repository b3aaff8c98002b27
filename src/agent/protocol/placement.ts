/**
 * Proposes nodes for addresses: by tier, those with all of their interfaces before others, by preference, those with room before those without, then by rendezvous hashing.
 * A proposal only: claims decide. Who sees the same nodes, claims and addresses proposes the same.
 */
import { compareText } from "../../core/compare-text.ts";
import { score, textHash } from "./rendezvous.ts";

/** A node that takes part in placement. */
export interface Place {
  readonly node: string;
  readonly hash: number;
  /** Lower ones come first whatever else: 0 is a node with nothing against it. */
  readonly tier: number;
  /** Addresses that it has, or is proposed for. Grows while addresses are placed. */
  load: number;
}

/** A place that is fit for the address in question. */
export interface Contender {
  readonly place: Place;
  /** It lacks one of the interfaces on which it would announce the address, and comes after those that lack none. */
  readonly isPartial: boolean;
  /** Higher comes first, before the load is looked at. */
  readonly preference: number;
}

export interface Bounds {
  /** A node that has as many has no room: placing stops here. */
  readonly placing: number;
  /** A node that has more hands over: a little higher where means are small, so that not every change of nodes moves something. */
  readonly moving: number;
}

/** No node is to have more than 1.25 times the mean, or one address above it. */
export function loadBounds(addresses: number, nodes: number): Bounds {
  const mean = nodes === 0 ? addresses : addresses / nodes;
  const share = Math.floor(1.25 * mean);
  return { placing: Math.max(share, Math.ceil(mean)), moving: Math.max(share, Math.floor(mean) + 1) };
}

/** Negative if `a` comes before `b` for the address with this hash. */
function compareContenders(a: Contender, b: Contender, addressHash: number, bound: number): number {
  const full = Number(a.place.load >= bound) - Number(b.place.load >= bound);
  return (
    a.place.tier - b.place.tier ||
    Number(a.isPartial) - Number(b.isPartial) ||
    b.preference - a.preference ||
    full ||
    // Where nobody has room, the emptiest is next.
    (a.place.load >= bound ? a.place.load - b.place.load : 0) ||
    score(b.place.hash, addressHash) - score(a.place.hash, addressHash) ||
    compareText(a.place.node, b.place.node)
  );
}

/** Who is first. */
export function firstOf(
  contenders: readonly Contender[],
  addressHash: number,
  bound: number,
): Contender | undefined {
  let first: Contender | undefined;
  for (const each of contenders) {
    if (first === undefined || compareContenders(each, first, addressHash, bound) < 0) first = each;
  }
  return first;
}

/** How many come before this node; undefined: it does not take part. */
export function rankOf(
  node: string,
  contenders: readonly Contender[],
  addressHash: number,
  bound: number,
): number | undefined {
  const own = contenders.find(({ place }) => place.node === node);
  if (own === undefined) return undefined;
  return contenders.filter((each) => compareContenders(each, own, addressHash, bound) < 0).length;
}

/** In which order addresses are placed, so that all nodes fill the same places in the same order. */
export function placingOrder(a: string, b: string): number {
  return textHash(a) - textHash(b) || compareText(a, b);
}
