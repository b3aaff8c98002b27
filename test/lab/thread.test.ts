/** The network thread on two nodes of one switch, with all that belongs to it but the API server. */
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { World } from "../../src/agent/world.ts";
import { addressesOf, startWire, type TestWire } from "./layer2/wire.ts";
import { describeLab } from "./support/describe-lab.ts";
import { until } from "./support/until.ts";
import { startThreadAgent, type ThreadAgent } from "./thread/agent.ts";
import type { Settings } from "./thread/program.ts";

const VIP = "10.78.9.1";
const hosts = ["node-a", "node-b", "client"];
const nodes = hosts.slice(0, 2);
const numberOf = (node: string) => hosts.indexOf(node) + 1;
const key = (fill: number) => Buffer.alloc(32, fill).toString("base64");

/** One address that both nodes may announce. */
function worldOf(node: string): World {
  return {
    cluster: "5c7e7c4e-2f55-4b2b-9f0e-3c8ab6a2d9b1",
    node,
    nodes: nodes.map((name) => {
      const { ipv4, ipv6, mac } = addressesOf(numberOf(name));
      return { name, internalIPs: [ipv4, ipv6], incarnation: 1, macs: [mac], recorded: [] };
    }),
    addresses: [
      {
        address: VIP,
        mode: "Respond",
        candidates: nodes.map((name) => ({ node: name, interfaces: undefined, preference: 0 })),
      },
    ],
  };
}

describeLab("the network thread", ["arping", "nft"], () => {
  let wire: TestWire;
  let agents: ThreadAgent[] = [];

  beforeAll(async () => {
    wire = await startWire(hosts);
  });
  afterEach(async () => {
    await Promise.all(agents.map((agent) => agent.end()));
    agents = [];
    await Promise.all(nodes.map((node) => wire.run(node, "nft", "flush", "ruleset")));
  });
  afterAll(async () => wire[Symbol.asyncDispose]());

  const start = (node: string, more: Partial<Settings> = {}): ThreadAgent => {
    const settings: Settings = { node, incarnation: 1, keys: [key(1)], ...more };
    const agent = startThreadAgent(wire.namespace(node), settings);
    agents.push(agent);
    agent.order({ do: "world", world: worldOf(node) });
    return agent;
  };
  const startBoth = async (more: Partial<Settings> = {}) => {
    const [a, b] = [start("node-a", more), start("node-b", more)];
    await until("they hear each other", () => {
      expect([a.hears(), b.hears()]).toEqual([["node-b"], ["node-a"]]);
    });
    return { a, b };
  };
  /** Hardware addresses that a question of the client brings. */
  const answersFrom = async (): Promise<string[]> => {
    const said = await wire.run("client", "arping", "-I", "eth0", "-b", "-c", "3", "-w", "1", VIP);
    return [...new Set([...said.matchAll(/\[([0-9A-F:]{17})\]/g)].map(([, mac = ""]) => mac.toLowerCase()))];
  };
  /** Waits until somebody answers for the address; gives the node. */
  const holder = (): Promise<string> =>
    until("one node answers for the address", async () => {
      const macs = await answersFrom();
      expect(macs).toHaveLength(1);
      return nodes.find((node) => addressesOf(numberOf(node)).mac === macs[0]) ?? "nobody";
    });
  /** Waits until heartbeats have come in by multicast and over the node network for a while. */
  const heardTwice = (agent: ThreadAgent) =>
    until("heartbeats come on both paths", async () => {
      const before = await agent.count();
      const after = await until("ten more are heard", async () => {
        const now = await agent.count();
        expect(now.peers[0]?.heard).toBeGreaterThan((before.peers[0]?.heard ?? 0) + 10);
        return now;
      });
      const heard = (after.peers[0]?.heard ?? 0) - (before.peers[0]?.heard ?? 0);
      expect(after.heartbeats.received - before.heartbeats.received).toBeGreaterThan(1.5 * heard);
    });
  const other = (node: string) => nodes.find((each) => each !== node) ?? "";
  const agentOf = (node: string, { a, b }: { a: ThreadAgent; b: ThreadAgent }) => (node === "node-a" ? a : b);

  test("two nodes hear each other on the segment and over the node network, and one of them answers", async () => {
    const both = await startBoth();
    const first = await holder();
    expect(nodes).toContain(first);
    const { heartbeats, peers } = await both.a.count();
    expect(peers).toEqual([expect.objectContaining({ node: "node-b", missed: 0 })]);
    // Each heartbeat comes twice: by multicast, and to the watcher.
    expect(heartbeats.received).toBeGreaterThanOrEqual(2 * (peers[0]?.heard ?? 0) - 1);
    const held = agentOf(first, both).told("view").at(-1)?.view.addresses[0];
    expect(held).toMatchObject({ address: VIP, state: "Announcing", interfaces: ["eth0"] });
  });

  test("a node whose process is killed is replaced", async () => {
    const both = await startBoth();
    const first = await holder();
    process.kill(agentOf(first, both).pid, "SIGKILL");
    await until("the other answers", async () => expect(await holder()).toBe(other(first)));
  });

  test("when the thread fails the process learns of it and ends, nothing is answered, and the other takes over", async () => {
    const both = await startBoth();
    const first = await holder();
    const failing = agentOf(first, both);
    failing.order({ do: "world", world: { ...worldOf(first), nodes: null } as unknown as World });
    expect(await failing.ended).toBe(3);
    expect(failing.told("failed")[0]?.message).toMatch(/^The network thread failed: /);
    await until("the other answers", async () => expect(await holder()).toBe(other(first)));
  });

  test("a node that leaves has handed over before it says so, and then stops", async () => {
    const both = await startBoth();
    const first = await holder();
    const leaving = agentOf(first, both);
    leaving.order({ do: "leave" });
    await until("it has left", () => expect(leaving.told("left")).toHaveLength(1));
    expect(await answersFrom()).toEqual([addressesOf(numberOf(other(first))).mac]);
    leaving.order({ do: "stop" });
    expect(await leaving.ended).toBe(0);
    expect(leaving.told("stopped")).toHaveLength(1);
  });

  test.each([
    { how: "exit", code: 0 },
    { how: "throw", code: 1 },
  ] as const)(
    "when the main thread ends by $how the process does, and nothing is answered",
    async ({ how, code }) => {
      const alone = start("node-a");
      await holder();
      alone.order({ do: how });
      expect(await alone.ended).toBe(code);
      expect(await answersFrom()).toEqual([]);
    },
  );

  test("with another key, or with none, a node is not heard", async () => {
    const stranger = start("node-a", { keys: [key(2)] });
    const open = start("node-b", { keys: [] });
    await until("both have refused or sent", async () => {
      const [one, two] = [await stranger.count(), await open.count()];
      expect(one.heartbeats.refused["bad-signature"]).toBeGreaterThan(3);
      expect(two.heartbeats.sent).toBeGreaterThan(3);
    });
    expect(stranger.hears()).toEqual([]);
    expect((await stranger.count()).peers).toEqual([]);
  });

  test("keys are changed while both run, and not one heartbeat is refused", async () => {
    const { a, b } = await startBoth();
    // Before it had a world it could read none.
    const refused = () => Promise.all([a, b].map(async (agent) => (await agent.count()).heartbeats.refused));
    const before = await refused();
    for (const keys of [[key(1), key(2)], [key(2), key(1)], [key(2)]]) {
      for (const agent of [a, b]) {
        agent.order({ do: "keys", keys });
        const { heartbeats } = await agent.count();
        await until("some more have been heard", async () =>
          expect((await agent.count()).heartbeats.received).toBeGreaterThan(heartbeats.received + 6),
        );
      }
    }
    expect(await refused()).toEqual(before);
    expect([a.hears(), b.hears()]).toEqual([["node-b"], ["node-a"]]);
  });

  test("where one path is blocked the other carries the heartbeats", async () => {
    const both = await startBoth();
    const first = await holder();
    for (const path of ["ip daddr 224.0.0.254", "ip daddr 10.78.0.0/24", "ip6 daddr fd78::/64"]) {
      const rules = `add table inet t; add chain inet t out { type filter hook output priority 0; }; add rule inet t out ${path} udp dport 7947 drop`;
      for (const node of nodes) await wire.run(node, "nft", rules);
      const before = (await both.a.count()).peers[0]?.heard ?? 0;
      await until("heartbeats are heard all the same", async () =>
        expect((await both.a.count()).peers[0]?.heard).toBeGreaterThan(before + 5),
      );
      for (const node of nodes) await wire.run(node, "nft", "flush", "ruleset");
    }
    expect(await holder()).toBe(first);
  });

  test("an interface that goes and comes back under its name is used again", async () => {
    const both = await startBoth();
    await wire.ip("node-b", "link set dev eth0 down");
    await until("it is not heard", () => expect(both.a.hears()).toEqual([]));
    expect(await holder()).toBe("node-a");
    // The kernel takes addresses of IPv6 away with the link.
    const { ipv6 } = addressesOf(numberOf("node-b"));
    await wire.ip("node-b", "link set dev eth0 up", `addr add ${ipv6}/64 dev eth0`);
    await until("it is heard again", () => expect(both.a.hears()).toEqual(["node-b"]));
    await heardTwice(both.b);
  });

  test("without IPv4 both paths are of IPv6", async () => {
    const { a, b } = await startBoth();
    const change = (what: "add" | "del") =>
      Promise.all(
        nodes.map((node) => wire.ip(node, `addr ${what} ${addressesOf(numberOf(node)).ipv4}/16 dev eth0`)),
      );
    await change("del");
    try {
      await heardTwice(a);
      await heardTwice(b);
    } finally {
      await change("add");
    }
  });

  test("a second agent on a node does not start, and says why", async () => {
    const first = start("node-a");
    await until("it runs", () => expect(first.told("started")).toHaveLength(1));
    const second = start("node-a", { incarnation: 2 });
    expect(await second.ended).toBe(2);
    expect(second.told("failed")[0]?.message).toBe(
      "UDP port 7947 is in use on this node, and heartbeats need it: end the other agent or program that has it, or give all agents another with --heartbeat-port",
    );
  });
});
