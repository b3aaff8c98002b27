/** IP addresses as family and number: strict reading of what users write, and the one canonical text. */
import { quote } from "../quote.ts";

export type IPFamily = "IPv4" | "IPv6";

/** An address as a number. Guarantees: `0 <= value < 2^32` for IPv4, `< 2^128` for IPv6. */
export interface IPAddress {
  readonly family: IPFamily;
  readonly value: bigint;
}

/** What reading an address gives: the address, or one sentence that quotes the input and says what is wrong. */
export type ParsedAddress =
  | { readonly ok: true; readonly address: IPAddress }
  | { readonly ok: false; readonly message: string };

/** The width of an address in bits. */
export const familyBits = { IPv4: 32, IPv6: 128 } as const satisfies Record<IPFamily, number>;

const longestText = 64;
const mappedPrefix = 0xffffn;

/**
 * Reads one address. Stricter than most readers, for a misread address is worse than a refused one: no octets that
 * look octal, no IPv4-mapped IPv6, no zones, no spaces, ASCII only, at most 64 characters.
 */
export function parseAddress(text: string): ParsedAddress {
  const read = readAddress(text);
  if (typeof read === "string") return { ok: false, message: `Cannot use ${quote(text)}: ${read}` };
  return { ok: true, address: read };
}

/** Reads one address; a string is what is wrong with it, without the input. */
export function readAddress(text: string): IPAddress | string {
  if (text === "") return "it is empty";
  if (text.length > longestText) return `longer than ${longestText} characters`;
  if (/\s/.test(text)) return "an address has no spaces";
  if (text.includes("%")) return "addresses with a zone can't be shared between nodes";
  if (text.includes(":")) return readIPv6(text);
  if (text.includes(".") && /^[0-9.]+$/.test(text)) return readIPv4(text);
  return "not an IP address";
}

function readIPv4(text: string): IPAddress | string {
  const octets = text.split(".");
  if (octets.length !== 4) return "not an IPv4 address";
  let value = 0;
  for (const octet of octets) {
    // Readers disagree whether 010 is 8 or 10, so neither is guessed.
    if (/^0[0-9]/.test(octet))
      return `not an IPv4 address: the leading zero of ${octet.slice(0, 8)} is ambiguous`;
    if (!/^[0-9]{1,3}$/.test(octet) || Number(octet) > 255) return "not an IPv4 address";
    value = value * 256 + Number(octet);
  }
  return { family: "IPv4", value: BigInt(value) };
}

function readIPv6(text: string): IPAddress | string {
  const wrong = "not an IPv6 address";
  const halves = text.split("::");
  if (halves.length > 2) return wrong;
  const groups = halves.map((half, index) => readGroups(half, index === halves.length - 1));
  const [head, tail] = groups;
  if (head === undefined || (halves.length === 2 && tail === undefined)) return wrong;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return wrong;
  let value = 0n;
  for (const group of [...head, ...Array<number>(missing).fill(0), ...(tail ?? [])]) {
    value = (value << 16n) | BigInt(group);
  }
  if (value >> 32n === mappedPrefix) return "an IPv4 address written as IPv6; write it as IPv4";
  return { family: "IPv6", value };
}

/** The 16-bit groups of one side of `::`; `undefined` when malformed. Only the very end may be dotted. */
function readGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else if (isEnd && index === parts.length - 1 && part.includes(".")) {
      const dotted = readIPv4(part);
      if (typeof dotted === "string") return undefined;
      groups.push(Number(dotted.value >> 16n), Number(dotted.value & 0xffffn));
    } else {
      return undefined;
    }
  }
  return groups;
}

/** The canonical text: dotted decimal, or RFC 5952 (lower case, the first longest run of zero groups as `::`). */
export function formatAddress({ family, value }: IPAddress): string {
  if (family === "IPv4") {
    const n = Number(value);
    return `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;
  }
  const groups = value.toString(16).padStart(32, "0").match(/.{4}/g) ?? [];
  const short = groups.map((group) => group.replace(/^0{1,3}/, ""));
  const [start, length] = longestZeroRun(short);
  if (length < 2) return short.join(":");
  return `${short.slice(0, start).join(":")}::${short.slice(start + length).join(":")}`;
}

function longestZeroRun(groups: readonly string[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  let start = 0;
  for (let at = 0; at <= groups.length; at++) {
    if (groups[at] === "0") continue;
    if (at - start > best[1]) best = [start, at - start];
    start = at + 1;
  }
  return best;
}

export function sameAddress(a: IPAddress, b: IPAddress): boolean {
  return a.family === b.family && a.value === b.value;
}

/** IPv4 before IPv6, then ascending. */
export function compareAddresses(a: IPAddress, b: IPAddress): number {
  if (a.family !== b.family) return a.family === "IPv4" ? -1 : 1;
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}
