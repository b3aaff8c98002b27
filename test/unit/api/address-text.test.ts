import { describe, expect, test } from "@jest/globals";
import { assert, bigInt, constantFrom, property, tuple } from "fast-check";
import { familyOf, isAscending, isCidr, rangeEnds } from "../../../src/api/schema/address-text.ts";

const ipv4 = bigInt(0n, 2n ** 32n - 1n);
const ipv6 = bigInt(0n, 2n ** 128n - 1n);

function ipv4Text(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
}

function ipv6Text(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, n) => (value >> BigInt(112 - 16 * n)) & 65535n);
  return groups.map((group) => group.toString(16)).join(":");
}

describe("a range", () => {
  test.each([
    ["IPv4", ipv4, ipv4Text],
    ["IPv6", ipv6, ipv6Text],
  ] as const)("of %s ascends when its numbers do", (family, values, text) => {
    const spaces = constantFrom("", " ", "  ");
    assert(
      property(tuple(values, values), spaces, ([first, last], space) => {
        const range = `${text(first)}${space}-${space}${text(last)}`;
        // The few addresses that are IPv4-mapped are no addresses for us.
        if (family === "IPv6" && (first >> 32n === 0xffffn || last >> 32n === 0xffffn)) return;
        expect(rangeEnds(range)?.family).toBe(family);
        expect(isAscending(range)).toBe(first <= last);
      }),
    );
  });
});

test("an address is no CIDR, and a CIDR no address", () => {
  expect([familyOf("192.0.2.1"), isCidr("192.0.2.1")]).toEqual(["IPv4", false]);
  expect([familyOf("192.0.2.0/24"), isCidr("192.0.2.0/24")]).toEqual([undefined, true]);
  expect([familyOf("2001:db8::"), isCidr("2001:db8::/0")]).toEqual(["IPv6", true]);
});

test.each(["::ffff:1.2.3.4", "::ffff:102:304", "0:0:0:0:0:FFFF:1.2.3.4", "fe80::1%1", "1.2.3", "01.2.3.4"])(
  "%s is no address",
  (text) => {
    expect(familyOf(text)).toBeUndefined();
  },
);
