import { describe, expect, test } from "@jest/globals";
import { type CloudWorld, mustBeSame } from "../../../../src/testing/conformance/compare-worlds.ts";
import type { CloudObject } from "../../../../src/testing/index.ts";

const uid = "7b1c9a52-1f0e-4d7a-9c11-70a1b2c3d4e5";
const compare = (now: CloudWorld, wanted: CloudWorld) => () => mustBeSame(now, wanted, "they are the same");

describe("what a cloud gives out", () => {
  test.each<[string, (id: string, address: string) => readonly CloudObject[], [string, string][]]>([
    [
      "may be short, and be found in ports, UIDs, ranges and sentences by chance",
      (id, address) => [
        {
          kind: "front",
          id,
          generated: [address],
          state: { id, uid, port: 1, text: "80/24", range: "10.0.0.0/8", note: "is a front for 1 or 8" },
        },
      ],
      [
        ["1", "10.9.0.1"],
        ["8", "10.9.0.8"],
      ],
    ],
    [
      "may be the beginning of what it gave out before",
      (id, address) => [
        {
          kind: "front",
          id,
          generated: [address],
          state: { address, of: "10.9.0.17", under: `${address}:80` },
        },
      ],
      [
        ["f1", "10.9.0.1"],
        ["f2", "10.9.0.2"],
      ],
    ],
    [
      "may be part of a path, a key, and a list",
      (id, address) => [
        {
          kind: "pool",
          id,
          generated: [address],
          state: { [id]: [`/pools/${id}`, `at "${address}", of ${id}`] },
        },
      ],
      [
        ["pool-1", "2001:db8::1"],
        ["pool-12", "2001:db8::12"],
      ],
    ],
    [
      "may be counted by each kind for itself",
      (id) => [
        { kind: "front", id: "1", state: { id: "1", pool: id } },
        { kind: "pool", id, state: { id } },
      ],
      [
        ["1", ""],
        ["2", ""],
      ],
    ],
  ])("%s", (_, worldOf, [first, second]) => {
    const wanted = worldOf(...(first as [string, string]));
    expect(compare(worldOf(...(second as [string, string])), wanted)).not.toThrow();
    expect(compare([...wanted, ...wanted], wanted)).toThrow(/too much in the cloud: \w+ \{/);
  });

  test("does not hide another port, or a reference to something else", () => {
    const world = (port: number, pool: string): CloudWorld => [
      { kind: "front", id: "80", state: { port, pool } },
      { kind: "pool", id: "p-1", state: {} },
    ];
    expect(compare(world(81, "p-1"), world(80, "p-1"))).toThrow(/too much in the cloud: front .*81/);
    expect(compare(world(80, "p-2"), world(80, "p-1"))).toThrow(/too much in the cloud: front .*"p-2"/);
  });
});
