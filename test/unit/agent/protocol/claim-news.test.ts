/** What nodes tell each other of their claims, with datagrams lost, late and twice. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  allNews,
  createClaimLog,
  latestNews,
  withdrawClaim,
  writeClaim,
} from "../../../../src/agent/protocol/claim-log.ts";
import type { Effect } from "../../../../src/agent/protocol/effects.ts";
import type { ClaimNews } from "../../../../src/agent/protocol/heartbeat-message.ts";
import { estimateBytes, maximumDatagramBytes } from "../../../../src/agent/protocol/heartbeat-size.ts";
import { isComplete, newPeer } from "../../../../src/agent/protocol/peer.ts";
import { applyNews } from "../../../../src/agent/protocol/peer-claims.ts";
import { createProtocol } from "../../../../src/agent/protocol/protocol.ts";
import { startedLab } from "./model/lab.ts";

const step = fc.record({
  address: fc.integer({ min: 1, max: 6 }),
  isClaimed: fc.boolean(),
  waitMs: fc.integer({ min: 0, max: 2_000 }),
});

test("whoever is told all in the end knows what is in force, whatever it heard before and in which order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.infiniteStream(fc.nat(99)), (steps, chances) => {
      const log = createClaimLog();
      const peer = newPeer("node-a", 1);
      const chance = (): number => chances.next().value ?? 0;
      const late: ClaimNews[] = [];
      let now = 0;
      for (const [at, { address, isClaimed, waitMs }] of steps.entries()) {
        now += waitMs;
        const name = `10.0.0.${address}`;
        if (isClaimed) writeClaim(log, { address: name, epoch: at + 1, offeredTo: undefined }, now);
        else withdrawClaim(log, name, now);
        for (const news of latestNews(log, now, 40 + chance())) {
          const luck = chance();
          if (luck < 40) applyNews(peer, news);
          else if (luck < 70) late.push(news);
        }
        if (chance() < 30) for (const news of late.splice(0).reverse()) applyNews(peer, news);
      }
      for (const news of allNews(log, 60)) applyNews(peer, news);
      for (const news of late) applyNews(peer, news);
      expect(isComplete(peer)).toBe(true);
      const known = [...peer.claims].map(([address, { epoch }]) => `${address} ${epoch}`).sort();
      const inForce = [...log.claimed.values()].map(({ address, epoch }) => `${address} ${epoch}`).sort();
      expect(known).toEqual(inForce);
    }),
  );
});

test("who missed a stretch knows that it did", () => {
  const log = createClaimLog();
  const peer = newPeer("node-a", 1);
  writeClaim(log, { address: "10.0.0.1", epoch: 1, offeredTo: undefined }, 0);
  writeClaim(log, { address: "10.0.0.2", epoch: 1, offeredTo: undefined }, 5_000);
  for (const news of latestNews(log, 5_000, 1_000)) applyNews(peer, news);
  expect(isComplete(peer)).toBe(false);
  expect([...peer.claims.keys()]).toEqual(["10.0.0.2"]);
});

test("a node that comes late asks for the claims that it lacks, and is told all of them", () => {
  const lab = startedLab({ nodes: 2, addresses: 2 });
  lab.host("node-b").kill();
  lab.run(10_000);
  // What it is to know it can hear from the other node alone.
  for (const announcer of lab.api.announcers.values()) announcer.recorded = [];
  lab.api.unreachable.add("node-a");
  lab.host("node-b").start();
  lab.run(1_000);
  lab.isolate(["node-a"], ["arp"]);
  lab.run(8_000);
  expect(lab.host("node-b").protocol?.view().addresses).toEqual([]);
});

test("no heartbeat is longer than a datagram may be, with 2,000 addresses and long names", () => {
  const node = `node-${"x".repeat(200)}`;
  const protocol = createProtocol({ node, incarnation: 1 });
  const candidates = [{ node, interfaces: undefined, preference: 0 }];
  const addresses = Array.from({ length: 2_000 }, (_, at) => ({
    address: `2001:db8:1111:2222:3333:4444:5555:${(0x1000 + at).toString(16)}`,
    mode: "Respond" as const,
    candidates,
  }));
  const nodes = [{ name: node, internalIPs: [], incarnation: 1, macs: [], recorded: [] }];
  const links = Array.from({ length: 40 }, (_, at) => ({
    name: `interface-${at}`,
    mac: `02:00:00:00:00:${at.toString(16).padStart(2, "0")}`,
    up: true,
    ipv6: true,
  }));
  const effects: Effect[] = [];
  const world = { cluster: "0b5c2f8e-6a55-4b7c-9c53-6a4a2f1f9d10", node, nodes, addresses };
  effects.push(
    ...protocol.handle({ kind: "links", links }, 0, 0),
    ...protocol.handle({ kind: "world", world }, 0, 0),
  );
  for (let now = 0; now <= 6_000; now += 10) effects.push(...protocol.handle({ kind: "wake" }, now, now));
  const sent = effects.filter((effect) => effect.kind === "send").map(({ heartbeat }) => heartbeat);
  const told = new Set(sent.flatMap(({ claims }) => claims.claimed.map(({ address }) => address)));
  expect(told.size).toBe(2_000);
  expect(Math.max(...sent.map(estimateBytes))).toBeLessThanOrEqual(maximumDatagramBytes);
});
