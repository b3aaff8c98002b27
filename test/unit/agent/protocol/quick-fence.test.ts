/** A node of three or more that is cut off from the others and from the API server, though not from clients, stops before they take its place. */
import { describe, expect, test } from "@jest/globals";
import type { Effect } from "../../../../src/agent/protocol/effects.ts";
import { createProtocol } from "../../../../src/agent/protocol/protocol.ts";
import { type Lab, longest, startedLab } from "./model/lab.ts";
import type { Channel } from "./model/wires.ts";

const heartbeats: readonly Channel[] = ["network", "wire"];
const everything: readonly Channel[] = ["network", "wire", "arp"];

function holderIn(lab: Lab): string {
  const [holder = ""] = lab.answering("10.0.0.1");
  return holder;
}

function cut(lab: Lab, node: string, channels: readonly Channel[] = everything): void {
  lab.isolate([node], channels);
  lab.api.unreachable.add(node);
}

const afters = Array.from({ length: 10 }, (_, at) => at * 20);

describe("cut off from the others on all paths, and from the API server", () => {
  test.each([3, 4, 5])("of %d nodes, whenever it begins: never do two answer", (nodes) => {
    for (const after of afters) {
      const lab = startedLab({ nodes, addresses: 3 });
      // Renewals of its Lease are answered at any time before.
      lab.run(after * 17);
      const holder = holderIn(lab);
      cut(lab, holder);
      lab.run(30_000);
      const { dark, doubled } = lab.witness();
      const seen = { after, doubled: longest(doubled), dark: longest(dark) <= 400 };
      expect(seen).toEqual({ after, doubled: 0, dark: true });
      expect(holderIn(lab)).not.toBe(holder);
    }
  });

  test("with losses and delays before: for no longer than the others lacked its last heartbeats", () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const quality = { loss: 0.1, delayMs: [0.1, 30] } as const;
      const lab = startedLab({ nodes: 3, addresses: 3, seed, quality });
      lab.run(seed * 61);
      cut(lab, holderIn(lab));
      lab.run(15_000);
      expect(longest(lab.witness().doubled)).toBeLessThanOrEqual(230);
    }
  });

  test("then back: it listens, keeps what nobody took, and only one answers", () => {
    const lab = startedLab({ nodes: 3, addresses: 6 });
    cut(lab, holderIn(lab));
    lab.run(5_000);
    lab.wires.clear();
    lab.api.unreachable.clear();
    lab.run(20_000);
    for (const address of lab.api.addresses.keys()) expect(lab.answering(address)).toHaveLength(1);
    expect(longest(lab.witness().doubled)).toBe(0);
  });

  test("the API server is lost only after the others were: it stops 5 s after it was last reached", () => {
    for (const later of [500, 900, 1_700, 4_000]) {
      const lab = startedLab({ nodes: 3, addresses: 3 });
      const holder = holderIn(lab);
      lab.isolate([holder], everything);
      lab.run(later);
      expect(lab.answering("10.0.0.1")).toContain(holder);
      lab.api.unreachable.add(holder);
      const { doubled } = lab.witness();
      lab.run(5_050);
      expect(lab.answering("10.0.0.1")).not.toContain(holder);
      expect(longest(doubled)).toBeLessThanOrEqual(later);
    }
  });

  test("for a moment: if it stopped and nobody took its place, it answers again after 0.65 s", () => {
    for (const lasts of [300, 500, 540, 560, 580, 600, 620, 650, 700, 750, 800]) {
      for (const after of afters) {
        const lab = startedLab({ nodes: 3, addresses: 3 });
        lab.run(after);
        const holder = holderIn(lab);
        cut(lab, holder);
        lab.run(lasts);
        lab.wires.clear();
        lab.api.unreachable.clear();
        lab.run(5_000);
        const { dark, doubled } = lab.witness();
        const seen = { lasts, after, dark: longest(dark) <= 650, doubled: longest(doubled) };
        expect(seen).toEqual({ lasts, after, dark: true, doubled: 0 });
      }
    }
  });

  test("in a cluster of two both answer until the Lease is about to end, and no longer", () => {
    for (let after = 0; after < 3_000; after += 300) {
      const lab = startedLab({ nodes: 2, addresses: 2 });
      lab.run(after);
      cut(lab, holderIn(lab));
      lab.run(20_000);
      const doubled = longest(lab.witness().doubled);
      expect(doubled).toBeGreaterThan(3_000);
      expect(doubled).toBeLessThanOrEqual(6_300);
    }
  });

  test("of all nodes at once: each stops, and when heartbeats are back each has what it had", () => {
    const lab = startedLab({ nodes: 3, addresses: 6 });
    const before = [...lab.api.addresses.keys()].map((address) => lab.answering(address));
    lab.api.isUp = false;
    for (const node of lab.nodes) lab.isolate([node], everything);
    lab.run(3_000);
    for (const address of lab.api.addresses.keys()) expect(lab.answering(address)).toEqual([]);
    lab.wires.clear();
    lab.run(3_000);
    expect([...lab.api.addresses.keys()].map((address) => lab.answering(address))).toEqual(before);
    expect(longest(lab.witness().doubled)).toBe(0);
  });
});

test("heartbeats eaten and the API server lost for one: it stops, and is replaced without waiting for its Lease", () => {
  for (const after of afters) {
    const lab = startedLab({ nodes: 3, addresses: 3 });
    lab.run(after);
    const holder = holderIn(lab);
    cut(lab, holder, heartbeats);
    lab.run(2_000);
    expect(lab.answering("10.0.0.1")).not.toContain(holder);
    const { dark, doubled } = lab.witness();
    expect({ dark: longest(dark) <= 400, doubled: longest(doubled) }).toEqual({ dark: true, doubled: 0 });
  }
});

describe("it goes on", () => {
  test.each([5, 80, 150])(
    "where only heartbeats are eaten, and the API server answers after %d ms",
    (answerMs) => {
      for (const after of afters) {
        const lab = startedLab({ nodes: 3, addresses: 3 });
        lab.api.answerMs = answerMs;
        lab.run(after);
        for (const node of lab.nodes) lab.isolate([node], heartbeats);
        lab.run(15_000);
        const { dark, doubled } = lab.witness();
        expect({ after, dark: longest(dark), doubled: longest(doubled) }).toEqual({
          after,
          dark: 0,
          doubled: 0,
        });
      }
    },
  );

  test.each([300, 1_000, 2_400])(
    "where only heartbeats are eaten, after it stopped once for the API server answers after %d ms",
    (answerMs) => {
      const lab = startedLab({ nodes: 3, addresses: 3 });
      lab.api.answerMs = answerMs;
      for (const node of lab.nodes) lab.isolate([node], heartbeats);
      lab.run(5_000);
      const { dark, doubled } = lab.witness();
      expect(longest(doubled)).toBe(0);
      expect(longest(dark)).toBeGreaterThan(0);
      expect(longest(dark)).toBeLessThan(answerMs + 700);
      lab.run(30_000);
      const after = lab.witness();
      expect([longest(after.dark), longest(after.doubled)]).toEqual([0, 0]);
    },
  );

  test("where only heartbeats are eaten, while the API server restarts", () => {
    const lab = startedLab({ nodes: 3, addresses: 3 });
    for (const node of lab.nodes) lab.isolate([node], heartbeats);
    lab.run(3_000);
    lab.api.isUp = false;
    lab.run(3_000);
    lab.api.isUp = true;
    lab.run(10_000);
    const { dark, doubled } = lab.witness();
    expect([longest(dark), longest(doubled)]).toEqual([0, 0]);
  });

  test("where the API server is away for all and heartbeats are heard: nobody asks for it", () => {
    const lab = startedLab({ nodes: 3, addresses: 3 });
    lab.api.isUp = false;
    lab.run(60_000);
    const { dark, doubled } = lab.witness();
    expect([longest(dark), longest(doubled)]).toEqual([0, 0]);
    expect([...lab.hosts.values()].flatMap(({ asked }) => asked)).toEqual([]);
  });

  test("where it knew one other only: that may have died with the API server", () => {
    const lab = startedLab({ nodes: 2, addresses: 2 });
    const host = lab.host(holderIn(lab));
    cut(lab, host.node);
    lab.run(4_000);
    expect(lab.answering("10.0.0.1")).toContain(host.node);
    expect(host.asked).toEqual([]);
  });

  test("where the others died one after the other, and the API server then", () => {
    const lab = startedLab({ nodes: 3, addresses: 3 });
    const [last = "", ...others] = lab.nodes;
    for (const node of others) {
      lab.host(node).kill();
      lab.run(6_000);
    }
    lab.api.isUp = false;
    lab.run(3_000);
    expect(lab.answering("10.0.0.1")).toEqual([last]);
    expect(lab.host(last).asked).toEqual([]);
  });

  test("where the others died at once: it asks until their Leases have ended, and then never again", () => {
    const lab = startedLab({ nodes: 3, addresses: 3 });
    const [last = "", ...others] = lab.nodes;
    for (const node of others) lab.host(node).kill();
    lab.run(15_000);
    const { asked } = lab.host(last);
    expect(asked.length).toBeGreaterThan(5);
    lab.api.isUp = false;
    lab.run(30_000);
    expect(lab.host(last).asked).toHaveLength(asked.length);
    expect(lab.answering("10.0.0.1")).toEqual([last]);
    expect(longest(lab.witness().doubled)).toBe(0);
  });
});

/** One node of `nodes`, ready, that heard two others last at 10,000. */
function hearingTwo(nodes = 3) {
  const names = Array.from({ length: nodes }, (_, at) => `node-${at}`);
  const protocol = createProtocol({ node: "node-0", incarnation: 1 });
  let sequence = 0;
  const hear = (node: string, now: number): Effect[] => {
    sequence += 1;
    const claims = { from: 0, to: 0, newest: 0, claimed: [], withdrawn: [] };
    const names = { silent: [], alive: [], asks: [], gone: [], inUse: [] };
    const who = { cluster: "c", node, incarnation: 1, sequence, state: "Ready", apiAgeMs: 0 } as const;
    const heartbeat = { ...who, segments: [], claims, ...names };
    return protocol.handle({ kind: "heard", heartbeat, path: { kind: "network" } }, now, 0);
  };
  const links = [{ name: "eth0", mac: "02:00:00:00:00:01", up: true, ipv6: true }];
  protocol.handle({ kind: "links", links }, 0, 0);
  const known = names.map((name) => ({ name, internalIPs: [], incarnation: 1, recorded: [], macs: [] }));
  protocol.handle(
    { kind: "world", world: { cluster: "c", node: "node-0", nodes: known, addresses: [] } },
    0,
    0,
  );
  for (let now = 0; now <= 10_000; now += 100) {
    protocol.handle({ kind: "api-reached", at: now }, now, 0);
    protocol.handle({ kind: "lease", node: "node-0", renewedAt: now, durationMs: 9_000 }, now, 0);
    hear("node-1", now);
    hear("node-2", now);
    protocol.handle({ kind: "wake" }, now, 0);
  }
  /** Nothing but what it wants itself: when it was woken and asked, and when it began to listen. */
  const sleepUntil = (end: number) => {
    const asked: number[] = [];
    let fenced: number | undefined;
    for (let turns = 0; turns < 1_000; turns += 1) {
      const now = protocol.wakeAt() ?? Number.POSITIVE_INFINITY;
      if (now > end) break;
      for (const { kind } of protocol.handle({ kind: "wake" }, now, 0))
        if (kind === "api-wanted") asked.push(now);
      if (protocol.view().state === "Listening") fenced ??= now;
    }
    return { asked, fenced };
  };
  return { protocol, hear, sleepUntil };
}

describe("to the millisecond", () => {
  test("it asks 350 ms after it last heard anybody, stops after 550 ms, and asks on every second", () => {
    const { sleepUntil } = hearingTwo();
    expect(sleepUntil(12_000)).toEqual({ asked: [10_350, 11_350], fenced: 10_550 });
  });

  test("what was sent before it asked does not count: the cut may have come after", () => {
    const { protocol, sleepUntil } = hearingTwo();
    protocol.handle({ kind: "api-reached", at: 10_349 }, 10_360, 0);
    expect(sleepUntil(11_000).fenced).toBe(10_550);
  });

  test("an answer is good for 5 s from its sending", () => {
    const { protocol, sleepUntil } = hearingTwo();
    sleepUntil(10_540);
    protocol.handle({ kind: "api-reached", at: 10_350 }, 10_549, 0);
    expect(sleepUntil(15_400)).toEqual({ asked: [11_350, 12_350, 13_350, 14_350, 15_350], fenced: 15_350 });
  });

  test("in a big cluster it asks more rarely, so that all together ask 100 times a second", () => {
    const { protocol, sleepUntil } = hearingTwo(400);
    sleepUntil(10_540);
    protocol.handle({ kind: "api-reached", at: 10_350 }, 10_549, 0);
    const { asked } = sleepUntil(16_000);
    expect(asked).toEqual([14_350]);
  });

  test.each(["heard", "reached"])("it answers again 600 ms after it has %s somebody", (what) => {
    const { protocol, hear, sleepUntil } = hearingTwo();
    sleepUntil(11_000);
    const until = (from: number, to: number) => {
      for (let at = from; at <= to; at += 10) {
        if (what === "heard" && at % 200 === 10) hear("node-1", at);
        else if (at === 11_010) protocol.handle({ kind: "api-reached", at: 10_990 }, at, 0);
        protocol.handle({ kind: "wake" }, at, 0);
      }
      return protocol.view().state;
    };
    expect(until(11_010, 11_500)).toBe("Listening");
    expect(until(11_510, 11_700)).toBe("Ready");
  });

  test("one heartbeat that came late does not end the cut", () => {
    const { protocol, hear, sleepUntil } = hearingTwo();
    sleepUntil(11_500);
    hear("node-1", 11_510);
    expect(sleepUntil(20_000).asked[0]).toBe(11_860);
    expect(protocol.view().state).toBe("Listening");
  });

  test("heartbeats that came and are not read yet are no silence", () => {
    const { protocol, hear } = hearingTwo();
    protocol.handle({ kind: "wake", heardUntil: 10_540 }, 10_640, 0);
    expect(protocol.view().state).toBe("Ready");
    hear("node-2", 10_640);
    protocol.handle({ kind: "wake" }, 10_650, 0);
    expect(protocol.view().state).toBe("Ready");
  });
});
