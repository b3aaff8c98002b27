/** Ranges of addresses: what users write (CIDR, `first-last`, or one address) as first and last. */
import { quote } from "../quote.ts";
import { familyBits, formatAddress, type IPAddress, type IPFamily, readAddress } from "./address.ts";
import { larger, smaller } from "./min-max.ts";

/** All addresses from `first` to `last`, both included. Guarantees: `first <= last`. */
export interface AddressRange {
  readonly family: IPFamily;
  readonly first: bigint;
  readonly last: bigint;
}

/** What reading a range gives: the range, or one sentence that quotes the input and says what is wrong. */
export type ParsedRange =
  | { readonly ok: true; readonly range: AddressRange }
  | { readonly ok: false; readonly message: string };

const longestText = 128;

/**
 * Reads `192.0.2.0/24` (host bits are masked off), `192.0.2.10-192.0.2.20` (spaces around the dash are tolerated) or
 * one address. As strict about addresses as `parseAddress`.
 */
export function parseRange(text: string): ParsedRange {
  const read = readRange(text);
  if (typeof read === "string") return { ok: false, message: `Cannot use ${quote(text)}: ${read}` };
  return { ok: true, range: read };
}

function readRange(text: string): AddressRange | string {
  if (text.length > longestText) return `longer than ${longestText} characters`;
  if (text.includes("-")) return readFirstLast(text);
  const [base = "", prefix, ...rest] = text.split("/");
  const address = readAddress(base);
  if (typeof address === "string") return address;
  if (prefix === undefined) return { family: address.family, first: address.value, last: address.value };
  const bits = familyBits[address.family];
  if (rest.length > 0 || !/^(?:0|[1-9][0-9]{0,2})$/.test(prefix) || Number(prefix) > bits) {
    return `the prefix length must be a number from 0 to ${bits}`;
  }
  const size = 1n << BigInt(bits - Number(prefix));
  const first = address.value - (address.value % size);
  return { family: address.family, first, last: first + size - 1n };
}

function readFirstLast(text: string): AddressRange | string {
  const ends = text.split("-");
  if (ends.length !== 2) return "a range has one dash";
  const [first, last] = ends.map((end) => readAddress(end.replace(/^ +| +$/g, "")));
  if (first === undefined || typeof first === "string") return `its first address: ${first}`;
  if (last === undefined || typeof last === "string") return `its last address: ${last}`;
  if (first.family !== last.family) return "its ends are of different families";
  if (first.value > last.value) return "it ends before it begins";
  return { family: first.family, first: first.value, last: last.value };
}

/** The shortest text: one address, a CIDR where the range is one, else `first-last`. */
export function formatRange(range: AddressRange): string {
  const { family, first, last } = range;
  const from = formatAddress({ family, value: first });
  if (first === last) return from;
  const size = rangeSize(range);
  // A power of two has one bit set, and a CIDR begins at a multiple of its size.
  if ((size & (size - 1n)) === 0n && first % size === 0n) {
    return `${from}/${familyBits[family] - (size.toString(2).length - 1)}`;
  }
  return `${from}-${formatAddress({ family, value: last })}`;
}

/** How many addresses the range has. */
export function rangeSize({ first, last }: AddressRange): bigint {
  return last - first + 1n;
}

export function rangeContains(range: AddressRange, address: IPAddress): boolean {
  return range.family === address.family && range.first <= address.value && address.value <= range.last;
}

export function rangesOverlap(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** What both ranges have, if anything. */
export function intersectRanges(a: AddressRange, b: AddressRange): AddressRange | undefined {
  if (!rangesOverlap(a, b)) return undefined;
  return {
    family: a.family,
    first: larger(a.first, b.first),
    last: smaller(a.last, b.last),
  };
}

/** By family, then by first address, then by last. */
export function compareRanges(a: AddressRange, b: AddressRange): number {
  if (a.family !== b.family) return a.family === "IPv4" ? -1 : 1;
  if (a.first !== b.first) return a.first < b.first ? -1 : 1;
  return a.last < b.last ? -1 : a.last > b.last ? 1 : 0;
}
