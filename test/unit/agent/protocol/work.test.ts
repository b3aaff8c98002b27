/** How much one turn does with thousands of addresses: heartbeats wait for all of it. */
import { expect, test } from "@jest/globals";
import { mostStretches } from "../../../../src/agent/protocol/claim-log.ts";
import type { Effect } from "../../../../src/agent/protocol/effects.ts";
import type { ClaimNews, Heartbeat } from "../../../../src/agent/protocol/heartbeat-message.ts";
import { createProtocol, type Protocol } from "../../../../src/agent/protocol/protocol.ts";
import { actsPerTurn, beatMs } from "../../../../src/agent/protocol/times.ts";
import type { World } from "../../../../src/agent/world.ts";

const count = 2_000;
const cluster = "5c7e7c4e-2f55-4b2b-9f0e-3c8ab6a2d9b1";
const names = ["node-a", "node-b"];
const link = { name: "eth0", mac: "02:00:00:00:00:01", up: true, ipv6: true };
const addresses = Array.from({ length: count }, (_, at) => `10.1.${at >> 8}.${at & 255}`);
const world: World = {
  cluster,
  node: "node-a",
  nodes: names.map((name) => ({ name, internalIPs: [], incarnation: 1, macs: [], recorded: [] })),
  addresses: addresses.map((address) => ({
    address,
    mode: "Respond",
    candidates: names.map((node) => ({ node, interfaces: undefined, preference: 0 })),
  })),
};

interface Turn {
  readonly now: number;
  readonly effects: readonly Effect[];
}

/** Each time that it wants, never less than a millisecond apart, until then. */
function turns(protocol: Protocol, from: number, until: number): Turn[] {
  const all: Turn[] = [];
  for (let now = from; now < until; now = Math.max(now + 1, protocol.wakeAt() ?? until))
    all.push({ now, effects: protocol.handle({ kind: "wake" }, now, now) });
  return all;
}

function started(): { readonly protocol: Protocol; readonly turns: readonly Turn[] } {
  const protocol = createProtocol({ node: "node-a", incarnation: 1 });
  protocol.handle({ kind: "links", links: [link] }, 0, 0);
  protocol.handle({ kind: "world", world }, 0, 0);
  protocol.handle({ kind: "lease", node: "node-a", renewedAt: 0, durationMs: 60_000 }, 0, 0);
  return { protocol, turns: turns(protocol, 0, 9_000) };
}

function held(protocol: Protocol): number {
  return protocol.view().addresses.filter(({ state }) => state === "Announcing").length;
}

function numberOf(effects: readonly Effect[], ...kinds: readonly Effect["kind"][]): number {
  return effects.filter(({ kind }) => kinds.includes(kind)).length;
}

function heartbeat(sequence: number, claims: Partial<ClaimNews>, asks: readonly string[] = []): Heartbeat {
  return {
    cluster,
    node: "node-b",
    incarnation: 1,
    sequence,
    state: "Ready",
    apiAgeMs: undefined,
    segments: [{ name: "eth0", mac: "02:00:00:00:00:02", up: true, lost: false, ipv6: true, hears: 1 }],
    claims: { from: 0, to: 0, newest: 0, claimed: [], withdrawn: [], ...claims },
    silent: [],
    alive: [],
    asks,
    gone: [],
    inUse: [],
  };
}

test("2,000 addresses are asked for and claimed some at a time, and no heartbeat comes late", () => {
  const { protocol, turns: all } = started();
  expect(held(protocol)).toBe(count);
  expect(Math.max(...all.map(({ effects }) => numberOf(effects, "probe", "hold")))).toBe(actsPerTurn);
  const sent = all.filter(({ effects }) => numberOf(effects, "send") > 0).map(({ now }) => now);
  const apart = sent.slice(1).map((now, at) => now - (sent[at] ?? 0));
  expect(Math.max(...apart)).toBeLessThanOrEqual(beatMs);
  expect(Math.max(...all.map(({ effects }) => numberOf(effects, "send")))).toBeLessThanOrEqual(mostStretches);
});

test("claims that come in many datagrams end its own at once, and are answered by one heartbeat", () => {
  const { protocol } = started();
  const now = 9_000;
  const epoch = 10 ** 13;
  const perDatagram = 50;
  const released = new Set<string>();
  for (let at = 0; at < count; at += perDatagram) {
    const claimed = addresses
      .slice(at, at + perDatagram)
      .map((address, index) => ({ address, epoch, version: at + index + 1, offeredTo: undefined }));
    const claims = { from: at, to: at + perDatagram, newest: count, claimed };
    const effects = protocol.handle(
      { kind: "heard", heartbeat: heartbeat(at + 1, claims), path: { kind: "network" } },
      now,
      now,
    );
    expect(numberOf(effects, "release")).toBe(perDatagram);
    expect(numberOf(effects, "send", "probe", "hold")).toBeLessThanOrEqual(at === 0 ? mostStretches : 0);
    for (const effect of effects) if (effect.kind === "release") released.add(effect.address);
  }
  expect(released.size).toBe(count);
  expect(protocol.wakeAt()).toBe(now);
  const told = protocol.handle({ kind: "wake" }, now, now);
  expect(numberOf(told, "send")).toBeGreaterThan(0);
  expect(numberOf(told, "send")).toBeLessThanOrEqual(mostStretches);
});

test("who asks for all claims is told them in parts", () => {
  const { protocol } = started();
  const now = 15_000;
  turns(protocol, 9_000, now);
  const asking = heartbeat(1, {}, ["node-a"]);
  protocol.handle({ kind: "heard", heartbeat: asking, path: { kind: "network" } }, now, now);
  const parts = turns(protocol, now, now + 1_000).map(({ effects }) =>
    effects.flatMap((effect) =>
      effect.kind === "send" ? effect.heartbeat.claims.claimed.map(({ address }) => address) : [],
    ),
  );
  expect(new Set(parts.flat()).size).toBe(count);
  expect(Math.max(...parts.map((part) => part.length))).toBeLessThan(count / 2);
});
