import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { larger, smaller } from "../../../../src/core/ip/min-max.ts";
import {
  type AddressRange,
  formatRange,
  intersectRanges,
  parseRange,
  rangeSize,
  rangesOverlap,
} from "../../../../src/core/ip/range.ts";
import { unusableBecause } from "../../../../src/core/ip/unusable.ts";

const read = (text: string): string => {
  const parsed = parseRange(text);
  return parsed.ok ? formatRange(parsed.range) : parsed.message;
};

describe("a range is read as CIDR, as first and last, or as one address", () => {
  test.each([
    ["192.0.2.0/24", "192.0.2.0/24"],
    ["192.0.2.77/24", "192.0.2.0/24"],
    ["192.0.2.10-192.0.2.20", "192.0.2.10-192.0.2.20"],
    ["192.0.2.10 - 192.0.2.20", "192.0.2.10-192.0.2.20"],
    ["192.0.2.0-192.0.2.255", "192.0.2.0/24"],
    ["192.0.2.128-192.0.3.127", "192.0.2.128-192.0.3.127"],
    ["192.0.2.7", "192.0.2.7"],
    ["192.0.2.7/32", "192.0.2.7"],
    ["192.0.2.7-192.0.2.7", "192.0.2.7"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["2001:db8::1/64", "2001:db8::/64"],
    ["2001:db8::5-2001:db8::a", "2001:db8::5-2001:db8::a"],
    ["2001:db8::/128", "2001:db8::"],
    ["::/0", "::/0"],
  ])("%s → %s", (text, canonical) => expect(read(text)).toBe(canonical));
});

describe("a range that says nothing clear is refused", () => {
  test.each([
    ["192.0.2.0/33", 'Cannot use "192.0.2.0/33": the prefix length must be a number from 0 to 32'],
    ["2001:db8::/129", "from 0 to 128"],
    ["192.0.2.0/", "from 0 to 32"],
    ["192.0.2.0/024", "from 0 to 32"],
    ["192.0.2.0/2４", "from 0 to 32"],
    ["192.0.2.0/24/8", "from 0 to 32"],
    ["192.0.2.0/-1", "its first address"],
    ["192.0.2.0 /24", "no spaces"],
    ["/24", "it is empty"],
    ["", "it is empty"],
    ["-", "its first address: it is empty"],
    ["192.0.2.20-192.0.2.10", 'Cannot use "192.0.2.20-192.0.2.10": it ends before it begins'],
    ["192.0.2.1-2001:db8::1", "its ends are of different families"],
    ["192.0.2.1-20", "its last address: not an IP address"],
    ["192.0.2.1-192.0.2.9-192.0.2.20", "a range has one dash"],
    ["192.0.2.1\t-\t192.0.2.9", "no spaces"],
    ["192.0.2.010-192.0.2.20", "leading zero"],
    ["192.0.2.1–192.0.2.9", "not an IP address"],
    ["::ffff:192.0.2.0/120", "written as IPv6"],
  ])("%j", (text, message) => expect(read(text)).toContain(message));

  test("a huge text is refused by its length and shown in part", () => {
    const message = read(`10.0.0.1-${"9".repeat(65_536)}`);
    expect(message).toContain("longer than 128 characters");
    expect(message.length).toBeLessThan(250);
  });
});

const range = fc
  .tuple(fc.constantFrom("IPv4", "IPv6"), fc.bigInt(0n, 300n), fc.bigInt(0n, 300n))
  .map(([family, a, b]): AddressRange => ({ family, first: smaller(a, b), last: larger(a, b) }));

test("every range survives being written and read", () => {
  fc.assert(
    fc.property(range, (one) => expect(parseRange(formatRange(one))).toEqual({ ok: true, range: one })),
  );
});

test("two ranges overlap exactly if they have a common part, which lies in both", () => {
  fc.assert(
    fc.property(range, range, (a, b) => {
      const common = intersectRanges(a, b);
      expect(common !== undefined).toBe(rangesOverlap(a, b));
      const members = (r: AddressRange) =>
        Array.from({ length: Number(rangeSize(r)) }, (_, at) => `${r.family} ${r.first + BigInt(at)}`);
      const both = members(a).filter((member) => members(b).includes(member));
      expect(common ? members(common) : []).toEqual(both);
    }),
  );
});

describe("addresses that no load balancer can have are told", () => {
  test.each([
    ["127.0.0.1", "it contains loopback addresses (127.0.0.0/8)"],
    ["224.0.0.0/24", "multicast"],
    ["255.255.255.0/24", "the broadcast address"],
    ["0.0.0.0/0", "this network"],
    ["::/0", "the unspecified address"],
    ["::1-::9", "the loopback address"],
    ["::fffe:0:0-::ffff:0:1", "written as IPv6"],
    ["fe80::/64", "link-local"],
    ["ff02::/16", "multicast"],
    ["10.0.0.0/8", undefined],
    ["169.254.10.0/24", undefined],
    ["2001:db8::/32", undefined],
  ])("%s: %s", (text, why) => {
    const read = text === "::fffe:0:0-::ffff:0:1" ? mapped : parsed(text);
    if (why === undefined) expect(unusableBecause(read)).toBeUndefined();
    else expect(unusableBecause(read)).toMatch(new RegExp(why.replace(/[().]/g, "\\$&")));
  });
  const mapped: AddressRange = { family: "IPv6", first: 0xfffen << 32n, last: (0xffffn << 32n) + 1n };
  function parsed(text: string): AddressRange {
    const result = parseRange(text);
    if (!result.ok) throw new Error(result.message);
    return result.range;
  }
});
