import { isIPv4, isIPv6 } from "node:net";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  compareAddresses,
  formatAddress,
  type IPAddress,
  parseAddress,
} from "../../../../src/core/ip/address.ts";

const read = (text: string): string => {
  const parsed = parseAddress(text);
  return parsed.ok ? formatAddress(parsed.address) : parsed.message;
};

describe("an address is read and written in its one canonical form", () => {
  test.each([
    ["10.0.0.1", "10.0.0.1"],
    ["0.0.0.0", "0.0.0.0"],
    ["255.255.255.255", "255.255.255.255"],
    ["2001:DB8::1", "2001:db8::1"],
    ["2001:db8:0:0:0:0:0:ff", "2001:db8::ff"],
    ["2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["::", "::"],
    ["1::", "1::"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ])("%s → %s", (text, canonical) => expect(read(text)).toBe(canonical));
});

describe("what may be misread is refused", () => {
  test.each([
    ["10.0.0.300", 'Cannot use "10.0.0.300": not an IPv4 address'],
    ["10.0.0", 'Cannot use "10.0.0": not an IPv4 address'],
    ["10.0.0.0.1", 'Cannot use "10.0.0.0.1": not an IPv4 address'],
    ["1..2.3", 'Cannot use "1..2.3": not an IPv4 address'],
    ["010.1.1.1", 'Cannot use "010.1.1.1": not an IPv4 address: the leading zero of 010 is ambiguous'],
    ["10.1.1.00", 'Cannot use "10.1.1.00": not an IPv4 address: the leading zero of 00 is ambiguous'],
    ["0x7f.1", 'Cannot use "0x7f.1": not an IP address'],
    ["1", 'Cannot use "1": not an IP address'],
    ["167772161", 'Cannot use "167772161": not an IP address'],
    ["-1.0.0.0", 'Cannot use "-1.0.0.0": not an IP address'],
    ["1e1.0.0.0", 'Cannot use "1e1.0.0.0": not an IP address'],
    ["", 'Cannot use "": it is empty'],
    [" 10.0.0.1", 'Cannot use " 10.0.0.1": an address has no spaces'],
    ["10.0. 0.1", 'Cannot use "10.0. 0.1": an address has no spaces'],
    ["10.0.0.1\n", 'Cannot use "10.0.0.1\\n": an address has no spaces'],
    ["fe80::1%eth0", "zone"],
    ["::ffff:10.0.0.1", 'Cannot use "::ffff:10.0.0.1": an IPv4 address written as IPv6; write it as IPv4'],
    ["::ffff:a00:1", 'Cannot use "::ffff:a00:1": an IPv4 address written as IPv6; write it as IPv4'],
    ["0:0:0:0:0:FFFF:0a00:0001", "written as IPv6"],
    ["1::2::3", 'Cannot use "1::2::3": not an IPv6 address'],
    [":::", "not an IPv6 address"],
    [":1:2:3:4:5:6:7", "not an IPv6 address"],
    ["1:2:3:4:5:6:7", "not an IPv6 address"],
    ["1:2:3:4:5:6:7:8:9", "not an IPv6 address"],
    ["1:2:3:4::5:6:7:8", "not an IPv6 address"],
    ["12345::", "not an IPv6 address"],
    ["1.2.3.4::", "not an IPv6 address"],
    ["::1.2.3.04", "not an IPv6 address"],
    ["g::1", "not an IPv6 address"],
    // Full-width and Arabic-Indic digits, a full-width full stop, a right-to-left override, half a surrogate pair.
    ["１０.0.0.1", "not an IP address"],
    ["٣.0.0.1", "not an IP address"],
    ["10．0.0.1", "not an IP address"],
    ["10.0.0.1\u202e", "\\u202e"],
    ["10.0.0.\ud800", "not an IP address"],
    ["10.0.0.1\u0000", "\\u0000"],
  ])("%j", (text, message) => expect(read(text)).toContain(message));

  test("a huge text is refused by its length and shown in part", () => {
    const message = read("1".repeat(65_536));
    expect(message).toContain("longer than 64 characters");
    expect(message.length).toBeLessThan(200);
  });
});

const address = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((value): IPAddress => ({ family: "IPv4", value })),
  // Many zero groups, or the shortening would hardly be tried.
  fc
    .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
    .map((groups) => groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n))
    .filter((value) => value >> 32n !== 0xffffn)
    .map((value): IPAddress => ({ family: "IPv6", value })),
);

test("every address survives being written and read", () => {
  fc.assert(
    fc.property(address, (one) => {
      expect(parseAddress(formatAddress(one))).toEqual({ ok: true, address: one });
    }),
    { numRuns: 2000 },
  );
});

test("the canonical text of IPv6 is that of the URL standard", () => {
  fc.assert(
    fc.property(
      address.filter(({ family }) => family === "IPv6"),
      (one) => expect(`[${formatAddress(one)}]`).toBe(new URL(`http://[${formatAddress(one)}]`).hostname),
    ),
  );
});

test("nothing is accepted that the platform does not take for an address", () => {
  const texts = fc.oneof(
    fc.string({ unit: fc.constantFrom(..."0123456789abf:.%-/ x１".split("")), maxLength: 40 }),
    fc.string({ maxLength: 20 }),
    address.map(formatAddress),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parseAddress(text);
      if (parsed.ok) expect(parsed.address.family === "IPv4" ? isIPv4(text) : isIPv6(text)).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

test("addresses are in order: IPv4 before IPv6, then ascending", () => {
  const sorted = ["10.0.0.9", "10.0.0.10", "::1", "2001:db8::"].map((text) => {
    const parsed = parseAddress(text);
    if (!parsed.ok) throw new Error(parsed.message);
    return parsed.address;
  });
  expect([...sorted].reverse().sort(compareAddresses)).toEqual(sorted);
});
