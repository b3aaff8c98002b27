import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { arpAnnouncements, arpAnswer, arpProbe } from "../../../../src/agent/layer2/arp.ts";
import {
  arpFilter,
  lastWord,
  mostInstructions,
  ndpFilter,
  rangesOf,
} from "../../../../src/agent/layer2/filter.ts";
import { ndpAnnouncement, ndpProbe } from "../../../../src/agent/layer2/ndp.ts";
import { macBytes } from "../../../../src/agent/linux/address-bytes.ts";
import { passes } from "./run-filter.ts";

const index = 7;
const mac = macBytes("02:00:00:00:00:01");
const broadcast = 1;
const held = "192.0.2.10";
const other = "192.0.2.11";
const filter4 = arpFilter(index, rangesOf([lastWord(held)], 512));
const filter6 = ndpFilter(index, rangesOf([lastWord("fd00::9:1")], 512));
const passes4 = (frame: Uint8Array, type = broadcast, at = index) =>
  passes(filter4, { frame, type, index: at });
const passes6 = (frame: Uint8Array, type = 2, at = index) => passes(filter6, { frame, type, index: at });

describe("the filter for ARP", () => {
  test("passes what is about the address, whoever says it", () => {
    expect(passes4(arpProbe(mac, held))).toBe(true);
    expect(passes4(question("192.0.2.1", held))).toBe(true);
    expect(passes4(arpAnswer(mac, held, { mac, address: "192.0.2.1" }))).toBe(true);
    for (const frame of arpAnnouncements(mac, held)) expect(passes4(frame)).toBe(true);
    // Uses the address as its own while it asks for another.
    expect(passes4(question(held, other))).toBe(true);
  });

  test("passes nothing about other addresses", () => {
    expect(passes4(arpProbe(mac, other))).toBe(false);
    expect(passes4(question("192.0.2.1", other))).toBe(false);
    for (const frame of arpAnnouncements(mac, other)) expect(passes4(frame)).toBe(false);
    // An answer to whoever has it is not about it.
    expect(passes4(arpAnswer(mac, other, { mac, address: held }))).toBe(false);
  });

  test("passes nothing that is for another host, went out, came by another interface, or is cut", () => {
    const frame = arpProbe(mac, held);
    expect([0, 1, 2, 3, 4].map((type) => passes4(frame, type))).toEqual([true, true, true, false, false]);
    expect(passes4(frame, broadcast, index + 1)).toBe(false);
    expect(passes4(frame.subarray(0, 40))).toBe(false);
  });
});

describe("the filter for neighbour discovery", () => {
  test("passes what is about the address, and nothing else", () => {
    expect(passes6(ndpProbe(mac, "fd00::9:1"))).toBe(true);
    expect(passes6(ndpAnnouncement(mac, "fd00::9:1"))).toBe(true);
    expect(passes6(ndpProbe(mac, "fd00::9:2"))).toBe(false);
    expect(passes6(ndpProbe(mac, "fd00::9:1"), 3)).toBe(false);
    expect(passes6(ndpProbe(mac, "fd00::9:1"), 2, index + 1)).toBe(false);
    for (const type of [134, 137]) expect(passes6(ndpProbe(mac, "fd00::9:1").with(54, type))).toBe(false);
    expect(passes6(ndpProbe(mac, "fd00::9:1").with(20, 17))).toBe(false);
  });
});

describe("many addresses", () => {
  // 0.0.0.0 is nobody's: it is the sender of every probe.
  const words = fc.uniqueArray(fc.integer({ min: 1, max: 0xffff_ffff }), { maxLength: 300 });

  test("pass, each of them, and nothing in between while there is room", () => {
    fc.assert(
      fc.property(words, fc.array(fc.integer({ min: 0, max: 0xffff_ffff })), (wanted, strangers) => {
        const program = arpFilter(index, rangesOf(wanted, 300));
        const isPassed = (word: number) =>
          passes(program, { frame: arpProbe(mac, addressOf(word)), type: 1, index });
        expect(wanted.filter((word) => !isPassed(word))).toEqual([]);
        const near = wanted
          .flatMap((word) => [word - 1, word + 1])
          .filter((word) => word >= 0 && word <= 0xffff_ffff);
        const unwanted = [...strangers, ...near].filter((word) => !wanted.includes(word));
        expect(unwanted.filter(isPassed)).toEqual([]);
      }),
    );
  });

  test("become fewer ranges where there is none, by what lies closest together", () => {
    expect(rangesOf([9, 1, 2, 20, 22, 100], 4)).toEqual([
      { first: 1, last: 2 },
      { first: 9, last: 9 },
      { first: 20, last: 22 },
      { first: 100, last: 100 },
    ]);
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 50 }), (wanted, most) => {
        const ranges = rangesOf(wanted, most);
        expect(ranges.length).toBeLessThanOrEqual(most);
        expect(
          wanted.filter((word) => !ranges.some(({ first, last }) => first <= word && word <= last)),
        ).toEqual([]);
      }),
    );
  });

  test("fit into what the kernel takes, scattered as they may be", () => {
    const scattered = Array.from({ length: 5000 }, (_, n) => n * 3);
    const withGaps = Array.from({ length: 5000 }, (_, n) => n * 4 + (n & 1));
    for (const wanted of [scattered, withGaps])
      expect(arpFilter(index, rangesOf(wanted, 512)).length / 8).toBeLessThanOrEqual(mostInstructions);
  });
});

function question(asker: string, target: string): Uint8Array {
  return arpAnswer(mac, asker, { mac, address: target }).with(21, 1);
}

function addressOf(word: number): string {
  return [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255].join(".");
}
