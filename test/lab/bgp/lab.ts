/**
 * The lab of BGP:
 *
 *     node1 ──1── router ──2── node2
 *                 │    └──3── far (a router two hops from the nodes)
 *                 └──4── client
 *     node1 ──5── bird
 *
 * Cables are named by their numbers; the first named host of each has the address ending in 1.
 */

import { applyConfig } from "../../../src/agent/bgp/frr/apply.ts";
import type { BgpInput } from "../../../src/agent/bgp/input.ts";
import { until } from "../support/until.ts";
import { type Frr, startFrr } from "./frr.ts";
import { type BgpNetwork, startNetwork } from "./network.ts";
import { asRouter, type Router } from "./router.ts";
import { type Speaker, startSpeaker } from "./speaker.ts";

export interface BgpLab {
  readonly network: BgpNetwork;
  readonly router: Router;
  readonly far: Router;
  readonly node1: Frr;
  readonly node2: Frr;
  /** How many times the router's kernel has lost all of its ways to an address. */
  losses(address: string): Promise<number>;
  /** Starts the agent's part on a node, and gives it something to do. */
  speak(node: Frr, input: BgpInput): Promise<Speaker>;
  /** Ends what speaks, and has all daemons forget what they were told. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

const hosts = ["node1", "node2", "router", "far", "client", "bird"] as const;

export async function startBgpLab(): Promise<BgpLab> {
  const network = await startNetwork(hosts, [
    { number: 1, a: "router", b: "node1" },
    { number: 2, a: "router", b: "node2" },
    { number: 3, a: "router", b: "far" },
    { number: 4, a: "router", b: "client" },
    { number: 5, a: "bird", b: "node1" },
  ]);
  const speakers: Speaker[] = [];
  let marks = 0;
  try {
    for (const family of ["ipv4/ip_forward", "ipv6/conf/all/forwarding"])
      await network.sysctl("router", `net/${family}`, 1);
    // Connections are spread by their ports, not by the hosts at their ends.
    await network.sysctl("router", "net/ipv4/fib_multipath_hash_policy", 1);
    for (const [host, number] of [
      ["node1", 1],
      ["node2", 2],
      ["far", 3],
      ["client", 4],
    ] as const)
      await network.ip(host, [
        `route add default via 10.88.${number}.1`,
        `route add default via fd88:0:0:${number}::1`,
      ]);
    const [router, far] = [
      asRouter(await startFrr(network, "router")),
      asRouter(await startFrr(network, "far")),
    ];
    const [node1, node2] = [await startFrr(network, "node1"), await startFrr(network, "node2")];
    const monitor = await network.start("router", "routes", "ip", ["-o", "monitor", "route"]);
    return {
      network,
      async losses(address) {
        // Events are there once a later one is.
        const mark = `198.51.100.${(marks++ % 250) + 1}`;
        await network.ip("router", [`route add ${mark} dev lo`, `route del ${mark} dev lo`]);
        const text = await until("the mark is there", async () => {
          const said = await monitor.log(100_000);
          if (!said.includes(`Deleted ${mark} `)) throw new Error("not yet");
          return said;
        });
        return text.split("\n").filter((line) => line.startsWith(`Deleted ${address} `)).length;
      },
      router,
      far,
      node1,
      node2,
      async speak(node, input) {
        const speaker = await startSpeaker(node);
        speakers.push(speaker);
        speaker.apply(input);
        return speaker;
      },
      async clear() {
        await Promise.all(speakers.splice(0).map((each) => each.stop()));
        for (const node of [node1, node2]) await applyConfig(node.directory, []);
        for (const each of [router, far]) await each.begin(64501, []);
      },
      stop: network.stop,
    };
  } catch (error) {
    await network.stop();
    throw error;
  }
}
