import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createSeal, sealBytes } from "../../../../src/agent/heartbeat/seal.ts";

const one = new Uint8Array(32).fill(1);
const two = new Uint8Array(32).fill(2);
const body = new TextEncoder().encode("node-a is alive");

describe("a sealed datagram", () => {
  test("opens to what was sealed", () => {
    const sealed = createSeal([one]).seal(body, "segment");
    expect(sealed).toHaveLength(body.length + sealBytes);
    expect(createSeal([one]).open(sealed, "segment")).toEqual({ body });
  });

  test("is refused when it was signed with another key, or came another way", () => {
    const sealed = createSeal([one]).seal(body, "segment");
    expect(createSeal([two]).open(sealed, "segment")).toEqual({ refused: "bad-signature" });
    expect(createSeal([one]).open(sealed, "network")).toEqual({ refused: "other-way" });
  });

  test("is refused when one bit of it has changed", () => {
    const seal = createSeal([one]);
    const sealed = seal.seal(body, "network");
    fc.assert(
      fc.property(fc.nat(sealed.length * 8 - 1), (bit) => {
        const changed = Uint8Array.from(sealed);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(seal.open(changed, "network")).toHaveProperty("refused");
      }),
    );
  });

  test("is refused when it is anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        expect(createSeal([one]).open(garbage, "network")).toHaveProperty("refused");
        expect(createSeal("insecure").open(garbage, "network")).toHaveProperty("refused");
      }),
    );
  });
});

test("keys change without a heartbeat lost: added second, made first, the old one removed", () => {
  const steps = [[one], [one, two], [two, one], [two]];
  for (const [index, keys] of steps.entries()) {
    const sealed = createSeal(keys).seal(body, "network");
    // Some nodes have read the file before others.
    for (const others of steps.slice(Math.max(0, index - 1), index + 2))
      expect(createSeal(others).open(sealed, "network")).toEqual({ body });
  }
});

test("with a key nothing unsigned is taken; without one everything is", () => {
  const unsigned = createSeal("insecure").seal(body, "network");
  expect(createSeal([one]).open(unsigned, "network")).toEqual({ refused: "bad-signature" });
  expect(createSeal("insecure").open(unsigned, "network")).toEqual({ body });
  expect(createSeal("insecure").open(createSeal([one]).seal(body, "network"), "network")).toEqual({ body });
});
