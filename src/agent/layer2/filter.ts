/**
 * Filters that run in the kernel (classic BPF, the kernel's networking/filter) and let through only frames about addresses that are of
 * interest, so that other traffic costs nothing however much there is. Pure: addresses → program.
 *
 * An address is known by its last 32 bits. Who gets a frame must look again: of IPv6 the rest is not compared, and where there are
 * more ranges of addresses than the kernel takes, those closest together become one.
 */
import { addressBytes } from "../linux/address-bytes.ts";

/** Struct sock_filter. */
interface Instruction {
  readonly code: number;
  readonly jt?: number;
  readonly jf?: number;
  readonly k: number;
}

export interface Range {
  readonly first: number;
  readonly last: number;
}

/** The kernel's BPF_MAXINSNS. */
export const mostInstructions = 4096;
const instructionBytes = 8;
/** Tests in a row at the end of the search; jumps reach 255 instructions. */
const leafRanges = 16;

const code = {
  loadWord: 0x20,
  loadHalf: 0x28,
  loadByte: 0x30,
  jump: 0x05,
  ifEqual: 0x15,
  ifAbove: 0x25,
  ifAtLeast: 0x35,
  end: 0x06,
};
/** Loads from here on are not of the frame but about it. */
const ancillary = 0xffff_f000;
const frameType = ancillary + 4;
const frameInterface = ancillary + 8;
/** PACKET_HOST, BROADCAST and MULTICAST are 0 to 2; then come frames for others and own ones. */
const lastForUs = 2;

const drop: Instruction = { code: code.end, k: 0 };
const accept: Instruction = { code: code.end, k: 0xffff_ffff };

/** Passes ARP requests for these addresses, and whatever says it is from one. @param index of the interface */
export function arpFilter(index: number, ranges: readonly Range[]): Uint8Array {
  const search = searchFor(ranges);
  return assemble([
    ...isForUs(index),
    { code: code.loadHalf, k: 20 },
    { code: code.ifEqual, k: 1, jt: 1, jf: 0 },
    { code: code.jump, k: 1 + search.length },
    { code: code.loadWord, k: 38 },
    ...search,
    { code: code.loadWord, k: 28 },
    ...search,
    drop,
  ]);
}

/** Passes neighbour solicitations and advertisements about these addresses. @param index of the interface */
export function ndpFilter(index: number, ranges: readonly Range[]): Uint8Array {
  return assemble([
    // The next header first: most IPv6 on the wire is something else.
    { code: code.loadByte, k: 20 },
    ...require(code.ifEqual, 58),
    { code: code.loadByte, k: 54 },
    ...require(code.ifAtLeast, 135),
    ...refuse(code.ifAbove, 136),
    ...isForUs(index),
    { code: code.loadWord, k: 74 },
    ...searchFor(ranges),
    drop,
  ]);
}

/** Numbers as ranges, ascending; at most `most` of them, by taking in what lies in the smallest gaps. */
export function rangesOf(words: Iterable<number>, most: number): Range[] {
  const values = [...new Set(words)].sort((a, b) => a - b);
  const gaps = values.slice(1).map((value, index) => value - (values[index] ?? 0));
  const kept = gaps.filter((gap) => gap > 1).sort((a, b) => b - a);
  // Gaps as wide as the last one kept may be more than fit: those are closed too.
  const closed = kept[most - 1] ?? 1;
  const ranges: { first: number; last: number }[] = [];
  for (const [index, value] of values.entries()) {
    const range = ranges.at(-1);
    if (range !== undefined && (gaps[index - 1] ?? 0) <= closed) range.last = value;
    else ranges.push({ first: value, last: value });
  }
  return ranges;
}

/** By which filters know an address. */
export function lastWord(address: string): number {
  const bytes = addressBytes(address);
  return new DataView(bytes.buffer).getUint32(bytes.length - 4);
}

/**
 * A frame that came in by this interface. Of one with a VLAN tag the socket of the interface below gets to know too: there the
 * interface is another one, or, without an interface for that VLAN, it counts as for others.
 */
function isForUs(index: number): Instruction[] {
  return [
    { code: code.loadWord, k: frameType },
    ...refuse(code.ifAbove, lastForUs),
    { code: code.loadWord, k: frameInterface },
    ...require(code.ifEqual, index),
  ];
}

function require(test: number, k: number): Instruction[] {
  return [{ code: test, k, jt: 1, jf: 0 }, drop];
}

function refuse(test: number, k: number): Instruction[] {
  return [{ code: test, k, jt: 0, jf: 1 }, drop];
}

/** Accepts when the loaded word lies in one of the ranges; otherwise the program goes on behind it. Halves the ranges until few are left. */
function searchFor(ranges: readonly Range[]): Instruction[] {
  const middle = ranges[ranges.length >>> 1];
  if (middle === undefined || ranges.length <= leafRanges) return tryAll(ranges);
  const below = searchFor(ranges.slice(0, ranges.length >>> 1));
  const above = searchFor(ranges.slice(ranges.length >>> 1));
  return [
    { code: code.ifAtLeast, k: middle.first, jt: 0, jf: 1 },
    { code: code.jump, k: below.length + 1 },
    ...below,
    { code: code.jump, k: above.length },
    ...above,
  ];
}

function tryAll(ranges: readonly Range[]): Instruction[] {
  const tests = ranges.map((range) => (range.first === range.last ? 1 : 2));
  let left = tests.reduce((sum, length) => sum + length, 0);
  const instructions: Instruction[] = [];
  for (const { first, last } of ranges) {
    left -= first === last ? 1 : 2;
    // `left` tests and one jump lie between the last instruction of this test and `accept`.
    if (first === last) instructions.push({ code: code.ifEqual, k: first, jt: left + 1, jf: 0 });
    else
      instructions.push(
        { code: code.ifAtLeast, k: first, jt: 0, jf: 1 },
        { code: code.ifAbove, k: last, jt: 0, jf: left + 1 },
      );
  }
  return [...instructions, { code: code.jump, k: 1 }, accept];
}

function assemble(instructions: readonly Instruction[]): Uint8Array {
  const program = new Uint8Array(instructions.length * instructionBytes);
  const view = new DataView(program.buffer);
  for (const [index, { code, jt = 0, jf = 0, k }] of instructions.entries()) {
    view.setUint16(index * instructionBytes, code, true);
    view.setUint8(index * instructionBytes + 2, jt);
    view.setUint8(index * instructionBytes + 3, jf);
    view.setUint32(index * instructionBytes + 4, k, true);
  }
  return program;
}
