import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createByteReader } from "../../../../src/agent/heartbeat/byte-reader.ts";
import { decodeHeartbeat, encodeHeartbeat } from "../../../../src/agent/heartbeat/codec.ts";
import { sealBytes } from "../../../../src/agent/heartbeat/seal.ts";
import type { Heartbeat } from "../../../../src/agent/protocol/heartbeat-message.ts";
import { estimateBytes } from "../../../../src/agent/protocol/heartbeat-size.ts";
import { formatAddress } from "../../../../src/core/ip/address.ts";

const number = fc.nat(Number.MAX_SAFE_INTEGER - 1);
const name = fc.string({ minLength: 1, maxLength: 63 });
const address = fc.oneof(
  fc.bigInt(0n, 2n ** 32n - 1n).map((value) => formatAddress({ family: "IPv4", value })),
  fc.bigInt(0n, 2n ** 128n - 1n).map((value) => formatAddress({ family: "IPv6", value })),
);
const mac = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":"));
const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 6 });
const heartbeats: fc.Arbitrary<Heartbeat> = fc.record({
  cluster: fc.uuid(),
  node: name,
  incarnation: number,
  sequence: number,
  state: fc.constantFrom("Listening", "Ready", "Leaving"),
  apiAgeMs: fc.option(number, { nil: undefined }),
  segments: some(
    fc.record({ name, mac, up: fc.boolean(), lost: fc.boolean(), ipv6: fc.boolean(), hears: fc.nat(5000) }),
  ),
  claims: fc.record({
    from: number,
    to: number,
    newest: number,
    claimed: some(
      fc.record({
        version: number,
        address,
        epoch: fc.nat(2 ** 52),
        offeredTo: fc.option(name, { nil: undefined }),
      }),
    ),
    withdrawn: some(fc.record({ version: number, address })),
  }),
  silent: some(name),
  alive: some(name),
  asks: some(name),
  gone: some(address),
  inUse: some(address),
});

test("a heartbeat comes back as it was, and takes no more bytes than the protocol counts on", () => {
  fc.assert(
    fc.property(heartbeats, (heartbeat) => {
      expect(encodeHeartbeat(heartbeat).length + sealBytes).toBeLessThanOrEqual(estimateBytes(heartbeat));
      expect(decodeHeartbeat(encodeHeartbeat(heartbeat))).toEqual(heartbeat);
    }),
  );
});

test("an epoch that no clock comes near is refused: nobody could claim over it", () => {
  const [heartbeat] = fc.sample(heartbeats, { numRuns: 1, seed: 1 });
  if (heartbeat === undefined) throw new Error("no heartbeat");
  const claimed = [{ version: 1, address: "192.0.2.1", epoch: 2 ** 52 + 1, offeredTo: undefined }];
  const bytes = encodeHeartbeat({ ...heartbeat, claims: { ...heartbeat.claims, claimed } });
  expect(() => decodeHeartbeat(bytes)).toThrow("an epoch is out of bounds");
});

test("the age of what was heard from the API server is never made smaller", () => {
  const [heartbeat] = fc.sample(heartbeats, { numRuns: 1, seed: 1 });
  if (heartbeat === undefined) throw new Error("no heartbeat");
  const decoded = (apiAgeMs: number) => decodeHeartbeat(encodeHeartbeat({ ...heartbeat, apiAgeMs })).apiAgeMs;
  expect([decoded(-0.4), decoded(0), decoded(12.25)]).toEqual([0, 0, 13]);
});

test("what is cut short, has something after it, or is anything else is refused", () => {
  fc.assert(
    fc.property(heartbeats, fc.nat(10_000), fc.uint8Array({ minLength: 1 }), (heartbeat, cut, more) => {
      const bytes = encodeHeartbeat(heartbeat);
      expect(() => decodeHeartbeat(bytes.subarray(0, cut % bytes.length))).toThrow("it ends too early");
      expect(() => decodeHeartbeat(Uint8Array.of(...bytes, ...more))).toThrow("are left over");
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (garbage) => {
      let read: Heartbeat;
      try {
        read = decodeHeartbeat(garbage);
      } catch (error) {
        expect(error).toHaveProperty("name", "UnreadableError");
        return;
      }
      // There is one text for each heartbeat and no other.
      expect(encodeHeartbeat(read)).toEqual(garbage);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["7", [0x07], 7],
  ["128", [0x80, 0x01], 128],
  ["the largest", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], Number.MAX_SAFE_INTEGER],
])("a number is read in its one form: %s", (_, bytes, number) => {
  expect(createByteReader(Uint8Array.from(bytes)).number()).toBe(number);
});

test.each([
  ["in more bytes than it needs", [0x87, 0x00]],
  ["above what is safe", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]],
  ["without end", Array<number>(9).fill(0xff)],
])("a number %s is refused", (_, bytes) => {
  expect(() => createByteReader(Uint8Array.from(bytes)).number()).toThrow("a number is out of bounds");
});
