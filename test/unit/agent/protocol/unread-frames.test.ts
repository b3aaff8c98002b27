/** Answers to a probe that were in time count, however late the thread comes to ask and to read them; where some may be lost it asks anew. */
import { expect, test } from "@jest/globals";
import type { Effect } from "../../../../src/agent/protocol/effects.ts";
import { createProtocol, type Protocol } from "../../../../src/agent/protocol/protocol.ts";
import { firstListenMs, firstProbe, mostRepeats } from "../../../../src/agent/protocol/times.ts";

const address = "192.0.2.7";
const world = {
  cluster: "c",
  node: "node-a",
  nodes: [{ name: "node-a", internalIPs: [], incarnation: 1, recorded: [], macs: [] }],
  addresses: [
    { address, mode: "Respond", candidates: [{ node: "node-a", interfaces: undefined, preference: 0 }] },
  ],
} as const;
const probeEnds = firstListenMs + firstProbe.until;

function starting(): Protocol {
  const protocol = createProtocol({ node: "node-a", incarnation: 1 });
  const link = { name: "eth0", mac: "02:00:00:00:00:01", up: true, ipv6: true };
  protocol.handle({ kind: "links", links: [link] }, 0, 0);
  protocol.handle({ kind: "world", world }, 0, 0);
  return protocol;
}

/** Turns of the loop, 10 ms apart; `framesUntil` is told with each. */
function go(protocol: Protocol, from: number, until: number, framesUntil?: number): void {
  for (let now = from; now < until; now += 10) {
    const wake = framesUntil === undefined ? {} : { framesUntil: Math.min(framesUntil, now) };
    protocol.handle({ kind: "wake", ...wake }, now, now);
  }
}

const states = (protocol: Protocol) => protocol.view().addresses.map(({ state }) => state);

test("a probe does not end while frames that came during it are unread", () => {
  const protocol = starting();
  go(protocol, 0, probeEnds + 2_000, probeEnds - 300);
  expect(states(protocol)).toEqual(["Probing"]);
  protocol.handle(
    { kind: "frame", address, interface: "eth0", mac: "02:00:00:00:00:99", what: "reply" },
    probeEnds + 2_000,
    0,
  );
  go(protocol, probeEnds + 2_000, probeEnds + 2_100);
  expect(states(protocol)).toEqual(["Conflict"]);
});

test("once they are read and nobody has answered, the address is taken", () => {
  const protocol = starting();
  go(protocol, 0, probeEnds + 2_000, probeEnds - 300);
  go(protocol, probeEnds + 2_000, probeEnds + 2_100);
  expect(states(protocol)).toEqual(["Announcing"]);
});

const probes = (effects: readonly Effect[]) => effects.filter(({ kind }) => kind === "probe").length;

test("a probe during which frames were lost begins anew", () => {
  const protocol = starting();
  go(protocol, 0, probeEnds - 10);
  protocol.handle({ kind: "wake", framesLost: true }, probeEnds - 10, 0);
  const again = probeEnds + 10;
  expect(probes(protocol.handle({ kind: "wake" }, again, 0))).toBe(1);
  go(protocol, again + 10, again + firstProbe.until);
  expect(states(protocol)).toEqual(["Probing"]);
  go(protocol, again + firstProbe.until, again + firstProbe.until + 100);
  expect(states(protocol)).toEqual(["Announcing"]);
});

test("whoever floods the wire does not keep an address from being taken", () => {
  const protocol = starting();
  const end = probeEnds + mostRepeats * firstProbe.until;
  for (let now = 0; now < end + 100; now += 10) protocol.handle({ kind: "wake", framesLost: true }, now, 0);
  expect(states(protocol)).toEqual(["Announcing"]);
});

test("after a last question that was late, there is as much time to answer as after one that was not", () => {
  const protocol = starting();
  go(protocol, 0, firstListenMs + 10);
  const late = probeEnds + 300;
  expect(probes(protocol.handle({ kind: "wake" }, late, 0))).toBe(1);
  const between = firstProbe.until - Math.max(...firstProbe.at);
  go(protocol, late + 10, late + between);
  expect(states(protocol)).toEqual(["Probing"]);
  go(protocol, late + between, late + between + 100);
  expect(states(protocol)).toEqual(["Announcing"]);
});
