/**
 * Decides which pools' ranges are in force. No address may be in two pools, so of two claims one has to wait:
 *   what is in force stays in force until its own pool gives it up;
 *   of new claims on the same addresses the older pool's wins, then by name.
 * A pool whose edit is refused keeps the ranges it had. The order of the input does not matter.
 */

import { compareText } from "../compare-text.ts";
import { type AddressRange, formatRange, parseRange, rangesOverlap } from "../ip/range.ts";
import { unusableBecause } from "../ip/unusable.ts";
import { quote } from "../quote.ts";
import type { Problem } from "./contract.ts";
import { createRangeBook, type RangeBook } from "./range-book.ts";

export interface PoolCandidate {
  readonly name: string;
  /** `metadata.creationTimestamp`. */
  readonly createdAt: string;
  readonly uid: string;
  /** What the pool asks for now. */
  readonly addresses: readonly string[];
  /** What was accepted before, as recorded. */
  readonly inForce?: readonly string[] | undefined;
}

export type PoolVerdict =
  | { readonly name: string; readonly accepted: true; readonly ranges: readonly AddressRange[] }
  | {
      readonly name: string;
      readonly accepted: false;
      /** What stays in force; empty if nothing was accepted before. */
      readonly ranges: readonly AddressRange[];
      readonly problem: Problem<"PoolOverlap" | "InvalidRange">;
    };

interface Claim {
  readonly name: string;
  readonly wanted: readonly AddressRange[];
  readonly malformed: string | undefined;
}

/** One verdict per pool, by name. */
export function acceptPools(candidates: readonly PoolCandidate[]): readonly PoolVerdict[] {
  const seniority = [...candidates].sort(
    (a, b) =>
      compareText(a.createdAt, b.createdAt) || compareText(a.name, b.name) || compareText(a.uid, b.uid),
  );
  const book = createRangeBook();
  for (const { name, inForce = [] } of seniority) {
    const ranges = readAll(inForce);
    // Records that contradict each other are not believed twice.
    if (ranges.ok && !book.firstOverlap(name, ranges.ranges)) book.put(name, ranges.ranges);
  }
  const claims = seniority.map(readClaim);
  applyClaims(book, claims);
  return claims.map((claim) => verdictOn(book, claim)).sort((a, b) => compareText(a.name, b.name));
}

function readClaim({ name, addresses }: PoolCandidate): Claim {
  const read = readAll(addresses);
  return read.ok
    ? { name, wanted: read.ranges, malformed: undefined }
    : { name, wanted: [], malformed: read.message };
}

/** Lets claims in by seniority; a pool that gives addresses up may make room for one that was passed over. */
function applyClaims(book: RangeBook, claims: readonly Claim[]): void {
  let open = claims.filter(({ malformed }) => malformed === undefined);
  for (;;) {
    const waiting: Claim[] = [];
    let madeRoom = false;
    for (const claim of open) {
      if (madeRoom || book.firstOverlap(claim.name, claim.wanted)) {
        waiting.push(claim);
        continue;
      }
      const before = book.get(claim.name);
      book.put(claim.name, claim.wanted);
      // From the top again: the room is offered to the oldest first.
      madeRoom = before.some((range) => !claim.wanted.some((wanted) => covers(wanted, range)));
    }
    if (!madeRoom) return;
    open = waiting;
  }
}

function covers(outer: AddressRange, inner: AddressRange): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

function verdictOn(book: RangeBook, { name, wanted, malformed }: Claim): PoolVerdict {
  const ranges = book.get(name);
  if (malformed !== undefined) {
    return { name, accepted: false, ranges, problem: { reason: "InvalidRange", message: malformed } };
  }
  const overlap = book.firstOverlap(name, wanted);
  if (!overlap) return { name, accepted: true, ranges: wanted };
  const message = `Cannot use ${formatRange(overlap.range)} in pool "${name}": it overlaps ${formatRange(overlap.other)} of pool "${overlap.pool}", which has it already; take it out of one of them`;
  return { name, accepted: false, ranges, problem: { reason: "PoolOverlap", message } };
}

type ReadRanges =
  | { readonly ok: true; readonly ranges: readonly AddressRange[] }
  | { readonly ok: false; readonly message: string };

/** All entries of one pool; the first that is malformed, unusable or said twice refuses the whole list. */
function readAll(texts: readonly string[]): ReadRanges {
  const ranges: AddressRange[] = [];
  for (const text of texts) {
    const read = parseRange(text);
    if (!read.ok) return read;
    const unusable = unusableBecause(read.range);
    if (unusable) return { ok: false, message: `Cannot use ${quote(text)}: ${unusable}` };
    ranges.push(read.range);
  }
  if (ranges.length === 0) return { ok: false, message: "The pool has no addresses; add a range" };
  const sorted = [...ranges].sort((a, b) => compareText(a.family, b.family) || (a.first < b.first ? -1 : 1));
  for (const [at, range] of sorted.entries()) {
    const previous = sorted[at - 1];
    if (!previous || !rangesOverlap(previous, range)) continue;
    const message = `Cannot use ${formatRange(range)}: it overlaps ${formatRange(previous)} of the same pool; name each address once`;
    return { ok: false, message };
  }
  return { ok: true, ranges };
}
