/** Properties that hold whatever goes wrong, in simulated clusters with loss, delay and reordering. Fast-check prints the seed of a failure. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Fault, faultKinds, inject, mend } from "./model/faults.ts";
import { type Lab, longest, startedLab } from "./model/lab.ts";

const cluster = fc.record({
  nodes: fc.integer({ min: 2, max: 5 }),
  addresses: fc.integer({ min: 1, max: 6 }),
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
  quality: fc.record({
    loss: fc.constantFrom(0, 0, 0.02, 0.1),
    delayMs: fc.tuple(fc.constant(0.1), fc.double({ min: 1, max: 30, noNaN: true })),
  }),
});
const anyFault = fc.record({
  kind: fc.constantFrom(...faultKinds),
  node: fc.nat(),
  beginsAt: fc.integer({ min: 0, max: 8_000 }),
  lastsMs: fc.oneof(fc.integer({ min: 10, max: 1_500 }), fc.integer({ min: 1_500, max: 15_000 })),
});

function faultIn(
  lab: Lab,
  fault: { kind: Fault["kind"]; node: number; beginsAt: number; lastsMs: number },
): Fault {
  return { ...fault, node: lab.nodes[fault.node % lab.nodes.length] ?? "" };
}

function claimsOf(lab: Lab): string[] {
  const claims: string[] = [];
  for (const { node, protocol } of lab.hosts.values()) {
    for (const { address, epoch } of protocol?.view().addresses ?? [])
      claims.push(`${address} ${node} ${epoch}`);
  }
  return claims;
}

test("with any faults at once, never do two answer that could know of each other, and in the end one does", () => {
  fc.assert(
    fc.property(cluster, fc.array(anyFault, { minLength: 1, maxLength: 4 }), (options, faults) => {
      const lab = startedLab(options);
      for (const fault of faults) inject(lab, faultIn(lab, fault));
      lab.run(25_000);
      mend(lab);
      lab.run(35_000);
      // Until a claim is heard: it is sent three times, and with every heartbeat.
      expect(lab.witness().unexcused).toBeLessThanOrEqual(600);
      for (const address of lab.api.addresses.keys()) expect(lab.answering(address)).toHaveLength(1);
      const settled = claimsOf(lab);
      lab.run(10_000);
      expect(claimsOf(lab)).toEqual(settled);
      expect(longest(lab.witness().dark)).toBe(0);
    }),
    { numRuns: 25 },
  );
});

/** The longest that nobody may answer after one fault of the holder: as in the table, with 5 ms of looking. */
const gaps: Record<Fault["kind"], number> = {
  killed: 850,
  frozen: 850,
  leaves: 0,
  "link down": 850,
  "heartbeats eaten": 0,
  "port lost": 0,
  "node network lost": 0,
  "cut off": 0,
  "cut off from the API server too": 850,
  "API server lost": 0,
  "API server down for all": 0,
  "address deleted": 0,
};

test.each(faultKinds.filter((kind) => kind !== "address deleted"))(
  "%s: after this one fault nobody waits longer than the table says",
  (kind) => {
    fc.assert(
      fc.property(
        cluster,
        fc.nat(2_000),
        fc.integer({ min: 10, max: 12_000 }),
        (options, beginsAt, lastsMs) => {
          const lab = startedLab(options);
          lab.run(beginsAt);
          const [node = ""] = lab.answering("10.0.0.1");
          // Who leaves is given the time that it says it needs.
          inject(lab, { kind, node, beginsAt: 0, lastsMs: kind === "leaves" ? lastsMs + 3_000 : lastsMs });
          lab.run(20_000);
          const { dark, unexcused } = lab.witness();
          // The delay of what had to be said, and of repeating it where it got lost.
          const { loss, delayMs } = options.quality;
          const slack = gaps[kind] === 0 ? 0 : 2 * delayMs[1] + (loss === 0 ? 0 : 200);
          expect(longest(dark)).toBeLessThanOrEqual(gaps[kind] + slack);
          expect(unexcused).toBeLessThanOrEqual(600);
        },
      ),
      { numRuns: 8 },
    );
  },
);

/** All ways in which five of the next messages to or from the holder can be lost, for pauses around every deadline. */
test("a pause of any length, with any of the messages around its end lost, never makes two answer for longer than a claim takes", () => {
  const lengths = [
    100, 300, 500, 540, 560, 590, 610, 640, 680, 699, 701, 720, 745, 755, 770, 800, 900, 1_100, 1_400,
  ];
  for (const length of lengths) {
    for (let pattern = 0; pattern < 32; pattern += 1) {
      const lab = startedLab({ nodes: 2, addresses: 1 });
      const [holder = ""] = lab.answering("10.0.0.1");
      lab.host(holder).pause();
      lab.run(length);
      let count = 0;
      lab.wires.loses = () => {
        count += 1;
        return count <= 5 && ((pattern >> (count - 1)) & 1) === 1;
      };
      lab.host(holder).resume();
      lab.run(3_000);
      const { doubled, dark } = lab.witness();
      const seen = { length, pattern, doubled: longest(doubled) <= 100, dark: longest(dark) <= 1_300 };
      expect(seen).toEqual({ length, pattern, doubled: true, dark: true });
      expect(lab.answering("10.0.0.1")).toHaveLength(1);
    }
  }
});

test("a paused holder whose heartbeats are eaten as well answers beside its successor for no longer than its deadline", () => {
  for (let length = 50; length <= 1_000; length += 50) {
    const lab = startedLab({ nodes: 3, addresses: 1 });
    const [holder = ""] = lab.answering("10.0.0.1");
    lab.isolate([holder], ["network", "wire"]);
    lab.run(500);
    lab.host(holder).pause();
    lab.run(length);
    lab.host(holder).resume();
    lab.run(5_000);
    expect(longest(lab.witness().doubled)).toBeLessThanOrEqual(550);
  }
});
