/** What one node writes into its Announcer must not harm the others: whoever gets hold of a node can write that. */
import { expect, test } from "@jest/globals";
import { encodeHeartbeat } from "../../../../src/agent/heartbeat/codec.ts";
import { highestEpoch } from "../../../../src/agent/protocol/heartbeat-message.ts";
import { createProtocol } from "../../../../src/agent/protocol/protocol.ts";
import type { WorldNode } from "../../../../src/agent/world.ts";
import { startedLab } from "./model/lab.ts";

test.each([2 ** 51 + 1, Number.MAX_SAFE_INTEGER, 9.2e18])(
  "an epoch of %d that a node records is ignored, and told once",
  (epoch) => {
    const lab = startedLab({ nodes: 3, addresses: 3 });
    lab.api.announcers.set("node-z", { incarnation: 1, recorded: [{ address: "10.0.0.1", epoch }] });
    lab.run(5_000);
    const [holder = ""] = lab.answering("10.0.0.1");
    lab.host(holder).kill();
    lab.run(5_000);
    expect(lab.answering("10.0.0.1")).toHaveLength(1);
    for (const { node, protocol, log } of lab.hosts.values()) {
      if (node === holder) continue;
      expect(protocol?.view().addresses.every((each) => each.epoch < 2 ** 42)).toBe(true);
      expect(log.filter(({ text }) => text.includes("Announcer node-z records a claim"))).toHaveLength(1);
    }
  },
);

test("whatever was recorded or claimed, what a node claims over it can be sent and read", () => {
  for (const epoch of [1_800_000_000_000, 2 ** 51, highestEpoch]) {
    const protocol = createProtocol({ node: "node-a", incarnation: 5 });
    const node = (name: string): WorldNode => ({
      name,
      internalIPs: [],
      incarnation: 1,
      macs: [],
      recorded: [],
    });
    const candidates = [{ node: "node-a", interfaces: undefined, preference: 0 }];
    const claimed = [{ version: 1, address: "10.0.0.1", epoch, offeredTo: undefined }];
    const none = { silent: [], alive: [], asks: [], gone: [], inUse: [], segments: [] };
    const heartbeat = {
      cluster: "cluster",
      node: "node-z",
      incarnation: 1,
      sequence: 1,
      apiAgeMs: 0,
      ...none,
    };
    const claims = { from: 0, to: 1, newest: 1, claimed, withdrawn: [] };
    const sent: number[] = [];
    const go = (event: Parameters<typeof protocol.handle>[0], now: number): void => {
      for (const effect of protocol.handle(event, now, 1_800_000_000_000 + now)) {
        if (effect.kind !== "send") continue;
        encodeHeartbeat(effect.heartbeat);
        sent.push(...effect.heartbeat.claims.claimed.map((claim) => claim.epoch));
      }
    };
    go({ kind: "links", links: [{ name: "eth0", mac: "02:00:00:00:00:01", up: true, ipv6: true }] }, 0);
    const addresses = [{ address: "10.0.0.1", mode: "Respond", candidates }] as const;
    const world = { cluster: "cluster", node: "node-a", nodes: [node("node-a"), node("node-z")], addresses };
    go({ kind: "world", world }, 0);
    go(
      { kind: "heard", heartbeat: { ...heartbeat, state: "Ready", claims }, path: { kind: "network" } },
      100,
    );
    go({ kind: "lease", node: "node-a", renewedAt: 0, durationMs: 60_000 }, 100);
    for (let now = 100; now < 5_000; now += 10) go({ kind: "wake" }, now);
    expect(sent.length).toBeGreaterThan(0);
    for (const each of sent)
      expect([each > epoch || each === highestEpoch, each <= highestEpoch]).toEqual([true, true]);
  }
});
