/** The thread as it is, with heartbeats over the loopback: one that hears nobody any more wants the API server, and stops without it. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, test } from "@jest/globals";
import { encodeHeartbeat } from "../../../../src/agent/heartbeat/codec.ts";
import { createSeal } from "../../../../src/agent/heartbeat/seal.ts";
import type { FromThread } from "../../../../src/agent/thread/messages.ts";
import { startNetworkThread } from "../../../../src/agent/thread/start.ts";

const nodes = ["node-a", "node-b", "node-c"];
const beatMs = 100;

function heartbeatOf(node: string, sequence: number): Uint8Array {
  const claims = { from: 0, to: 0, newest: 0, claimed: [], withdrawn: [] };
  const names = { silent: [], alive: [], asks: [], gone: [], inUse: [] };
  const who = { cluster: "cluster", node, incarnation: 1, sequence, state: "Ready", apiAgeMs: 0 } as const;
  return createSeal("insecure").seal(encodeHeartbeat({ ...who, segments: [], claims, ...names }), "network");
}

test("others fall silent: it asks for the API server, and stops when nothing comes of that", async () => {
  const sender = createSocket("udp4");
  sender.bind(0, "127.0.0.1");
  await once(sender, "listening");
  // Free on the loopback a moment ago; nothing is sent to it but by this test.
  const probe = createSocket("udp4");
  probe.bind(0);
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");

  const told: string[] = [];
  const ready = Promise.withResolvers<void>();
  const fenced = Promise.withResolvers<string>();
  const onMessage = (message: FromThread): void => {
    if (message.kind === "view" && message.view.state === "Ready") ready.resolve();
    if (message.kind === "api-wanted") told.push("api-wanted");
    if (message.kind !== "happened") return;
    const fence = message.happenings.find(({ reason }) => reason === "Fenced");
    if (fence !== undefined) fenced.resolve(fence.message);
  };
  const thread = await startNetworkThread({
    // Every interface is skipped, and no node has an address: it sends nothing.
    settings: { node: "node-a", incarnation: 1, heartbeatPort: port, keys: "insecure", skipInterfaces: [""] },
    onMessage,
    onFailure: (error) => fenced.reject(error),
  });
  let sequence = 0;
  const beats = setInterval(() => {
    sequence += 1;
    for (const node of nodes.slice(1)) sender.send(heartbeatOf(node, sequence), port, "127.0.0.1");
  }, beatMs);
  try {
    const known = nodes.map((name) => ({ name, internalIPs: [], incarnation: 1, recorded: [], macs: [] }));
    thread.post({
      kind: "world",
      world: { cluster: "cluster", node: "node-a", nodes: known, addresses: [] },
    });
    // So that it is not the end of its Lease that makes it stop.
    thread.post({
      kind: "lease",
      lease: { node: "node-a", renewedAt: thread.now(), durationMs: 3_600_000 },
    });
    await ready.promise;
    clearInterval(beats);
    expect(await fenced.promise).toContain("the API server does not answer in time");
    expect(told[0]).toBe("api-wanted");
  } finally {
    clearInterval(beats);
    sender.close();
    await thread.stop();
  }
}, 60_000);
