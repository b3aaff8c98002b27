/** What BGP of a node waits for. */
import { expect, test } from "@jest/globals";
import type { BgpInput } from "../../../src/agent/bgp/input.ts";
import type { BgpOptions } from "../../../src/agent/bgp/start-bgp.ts";
import { createBgpPart } from "../../../src/agent/bgp-part.ts";
import type { BGPPeer } from "../../../src/api/bgp-peer.ts";
import { ApiError } from "../../../src/runtime/kube/api-error.ts";
import type { KubeClient } from "../../../src/runtime/kube/client.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { peer } from "../../objects/bgp.ts";

function part() {
  const clock = createFakeClock();
  const stop = new AbortController();
  const asked: string[] = [];
  const told: string[] = [];
  let happens: BgpOptions["onSession"];
  const applied: BgpInput[] = [];
  let peers: readonly BGPPeer[] = [];
  const get = async (_: unknown, { name }: { name: string }) => {
    asked.push(name);
    throw new ApiError("get the Secret", { status: 500, message: "unable to transform key" });
  };
  const bgp = createBgpPart({
    node: "node-a",
    namespace: "fairlead-system",
    frr: { directory: "/nowhere", configFile: undefined },
    client: { get } as unknown as Pick<KubeClient, "get">,
    events: { event: (subject, _type, reason) => told.push(`${subject.metadata.name} ${reason}`) },
    logger: silentLogger,
    clock,
    ignoreExcludeLabel: false,
    drainTaints: [],
    changed: () => apply(peers),
    onState() {},
    start({ onSession }) {
      happens = onSession;
      return { apply: (input) => applied.push(input), stop: async () => {} };
    },
  });
  const apply = (next: readonly BGPPeer[]) => {
    peers = next;
    bgp.apply({
      peers,
      profiles: [],
      communities: [],
      given: [],
      objects: {
        loadBalancers: [],
        classes: [],
        pools: [],
        l2Advertisements: [],
        bgpAdvertisements: [],
        nodes: [{ metadata: { name: "node-a", labels: { rack: "a" } } }],
        announcers: [],
        serviceLabels: () => undefined,
        endpointSlices: () => [],
      },
    });
  };
  void bgp.run(stop.signal);
  const appliedPeers = () => applied.at(-1)?.peers.map(({ metadata }) => metadata.name);
  const happen = (what: "established" | "lost", of: string) =>
    happens?.({ what, peer: of, message: "It is so" });
  return { clock, asked, told, happen, apply, appliedPeers, end: () => stop.abort() };
}

test("a Secret that can't be read holds up no other peer, and no other change", async () => {
  const { clock, apply, appliedPeers, end } = part();
  apply([peer("good", {})]);
  expect(appliedPeers()).toEqual(["good"]);
  apply([peer("good", {}), peer("bad", { passwordSecret: { name: "key" } })]);
  await clock.advance(5_000);
  expect(appliedPeers()).toEqual(["good", "bad"]);
  apply([peer("bad", { passwordSecret: { name: "key" } })]);
  expect(appliedPeers()).toEqual(["bad"]);
  end();
});

const near = [{ matchLabels: { rack: "a" } }];
const far = [{ matchLabels: { rack: "b" } }];

test("passwords of peers of other nodes are not asked for", async () => {
  const { clock, asked, apply, appliedPeers, end } = part();
  const passwordSecret = { name: "key" };
  const plain = peer("near", { nodeSelectors: near });
  apply([plain, peer("far", { passwordSecret, nodeSelectors: far })]);
  await clock.advance(60_000);
  expect(appliedPeers()).toEqual(["near", "far"]);
  expect(asked).toEqual([]);
  apply([peer("near", { passwordSecret, nodeSelectors: near })]);
  await clock.advance(5_000);
  expect(asked).toContain("key");
  end();
});

test("the FRR of a node that no BGPPeer selects is somebody else's, unless one did", () => {
  const { apply, appliedPeers, end } = part();
  apply([peer("far", { nodeSelectors: far })]);
  expect(appliedPeers()).toBeUndefined();
  apply([peer("near", { nodeSelectors: near })]);
  expect(appliedPeers()).toEqual(["near"]);
  apply([peer("far", { nodeSelectors: far })]);
  expect(appliedPeers()).toEqual(["far"]);
  end();
});

test("what becomes of a session is told as an Event of its BGPPeer", () => {
  const { apply, happen, told, end } = part();
  apply([peer("tor", {})]);
  happen("established", "tor");
  happen("lost", "tor");
  happen("lost", "gone");
  expect(told).toEqual(["tor BGPSessionEstablished", "tor BGPSessionLost"]);
  end();
});
