/** What the controller makes of advertisements, peers and what agents say, on a real API server under the minimal role. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { AnnouncerStatus } from "../../src/api/announcer.ts";
import { bfdProfiles } from "../../src/api/bfd-profile.ts";
import { bgpAdvertisements } from "../../src/api/bgp-advertisement.ts";
import { type BGPPeer, bgpPeers } from "../../src/api/bgp-peer.ts";
import { communities } from "../../src/api/community.ts";
import { ipAddressPools } from "../../src/api/ip-address-pool.ts";
import { leases, nodes, services } from "../../src/api/kubernetes.ts";
import { l2Advertisements } from "../../src/api/l2-advertisement.ts";
import { loadBalancers } from "../../src/api/load-balancer.ts";
import type { KubeObject, Resource } from "../../src/api/meta.ts";
import * as agents from "./support/agents.ts";
import { type Cluster, clusterOf } from "./support/cluster.ts";
import { hurriedClock } from "./support/hurried-clock.ts";
import { eventually, install, type RunningOperator, startOperator } from "./support/installation.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

const { claim, session } = agents;
const controlPlane = ownControlPlane();
const metal = { loadBalancerClass: "fairlead.io/metal" };
let cluster: Cluster;
let operator: RunningOperator;

// What has to last for seconds before it is told lasts for tenths of one here.
const start = () => startOperator(controlPlane(), { clock: hurriedClock(20) });

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  operator = await start();
  await cluster.createClass("metal");
  for (const name of ["node-a", "node-b"]) {
    await create(nodes, name, undefined, { labels: { side: name === "node-a" ? "left" : "right" } });
  }
});
afterAll(async () => {
  await operator?.stop();
  cluster?.client.close();
});

const create: <T extends KubeObject>(
  resource: Resource<T>,
  name: string,
  spec?: object,
  metadata?: object,
) => Promise<T> = (...what) => agents.create(cluster, ...what);

const says = (node: string, status: Partial<AnnouncerStatus>) => agents.says(cluster, node, status);

const message = async <T extends KubeObject>(
  resource: Resource<T>,
  name: string,
  type: string,
  reason: string,
) => (await cluster.condition(resource, { name }, type, reason)).message;

describe("an address", () => {
  test("is fine while no agent has ever run, not announced once one runs and nobody has it, and fine again when somebody has", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "web" };
    await cluster.createPool("quiet", { addresses: ["192.0.2.0/28"] });
    await cluster.createService(namespace, "web", { spec: metal });
    const [address = ""] = await cluster.served(ref);
    await cluster.condition(loadBalancers, ref, "Degraded", "AsExpected");

    await says("node-a", { state: "Starting" });
    const none = await cluster.condition(loadBalancers, ref, "Degraded", "NoFitNode");
    expect(none.message).toBe(`nobody announces ${address}: no node has an agent that is ready`);
    await says("node-a", {});
    const silent = await cluster.condition(loadBalancers, ref, "Degraded", "NotAnnounced");
    expect(silent.message).toContain("agents are ready on node-a");
    await cluster.condition(services, ref, "fairlead.io/Degraded", "NotAnnounced");
    expect(await cluster.addresses(ref)).toEqual([address]);

    await says("node-a", { addresses: [claim(address, "Announcing")] });
    await cluster.condition(loadBalancers, ref, "Degraded", "AsExpected");
    await cluster.remove(services, ref);
  });

  test("that somebody else has is told with who and where, as a condition and an Event, until it is over", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "taken" };
    await cluster.createService(namespace, "taken", { spec: metal });
    const [address = ""] = await cluster.served(ref);
    const foreignMAC = "52:54:00:12:34:56";
    await says("node-a", { addresses: [claim(address, "Conflict", { foreignMAC })] });
    const told = await cluster.condition(loadBalancers, ref, "Degraded", "AddressInUse");
    expect(told.message).toContain(
      `${address} is in use by ${foreignMAC}, which is no node's, on the network of node node-a (eth0)`,
    );
    await eventually(
      async () =>
        expect((await cluster.events(ref)).join("\n")).toContain(`AddressInUse: ${address} is in use`),
      "an Event tells of it",
    );
    expect(await cluster.addresses(ref)).toEqual([address]);
    await says("node-a", { addresses: [claim(address, "Announcing")] });
    await cluster.condition(loadBalancers, ref, "Degraded", "AsExpected");
    await cluster.remove(services, ref);
  });

  test("of a pool that was advertised is told to be announced by nobody when the last advertisement is gone", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "left" };
    await cluster.createPool("once", { addresses: ["198.51.100.0/28"], autoAssign: false });
    await create(l2Advertisements, "once", { ipAddressPools: ["once"] });
    await eventually(async () => {
      const pool = await cluster.client.get(ipAddressPools, { name: "once" });
      expect(pool.status?.advertised).toBe(true);
    }, "the pool is known to be advertised");
    await cluster.createService(namespace, "left", {
      spec: metal,
      annotations: { "fairlead.io/address-pool": "once" },
    });
    const [address = ""] = await cluster.served(ref);
    await says("node-a", { addresses: [claim(address, "Announcing")] });
    await cluster.remove(l2Advertisements, { name: "once" });
    expect(await message(ipAddressPools, "once", "Degraded", "PoolNotAdvertised")).toContain(
      "no advertisement",
    );
    await says("node-a", { addresses: [] });
    await cluster.condition(loadBalancers, ref, "Degraded", "PoolNotAdvertised");

    // Named again, it is as before; told once and for all is only that it was advertised.
    await create(l2Advertisements, "again", {
      ipAddressPools: ["once"],
      nodeSelectors: [{ matchLabels: { side: "right" } }],
    });
    await cluster.condition(ipAddressPools, { name: "once" }, "Degraded", "AsExpected");
    const nobody = await cluster.condition(loadBalancers, ref, "Degraded", "NoFitNode");
    expect(nobody.message).toContain("no node that L2Advertisement again selects has an agent that is ready");
    await cluster.remove(l2Advertisements, { name: "again" });
    await cluster.remove(services, ref);
  });

  test("is announced by nobody once its agent renews its Lease no more, until it does again", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "forsaken" };
    await cluster.createService(namespace, "forsaken", { spec: metal });
    const [address = ""] = await cluster.served(ref);
    await says("node-a", { addresses: [claim(address, "Announcing")] });
    await cluster.condition(loadBalancers, ref, "Degraded", "AsExpected");
    const renewal = () => ({ renewTime: new Date().toISOString().replace("Z", "000Z") });
    const lease = { namespace: "fairlead-system", name: "fairlead-agent-node-a" };
    const spec = { holderIdentity: "node-a", leaseDurationSeconds: 40, ...renewal() };
    await create(leases, lease.name, spec, { namespace: lease.namespace });
    const told = await cluster.condition(loadBalancers, ref, "Degraded", "NoFitNode");
    expect(told.message).toContain("no node has an agent that is ready; not heard of any more: node-a");
    await cluster.edit(leases, lease, { spec: renewal() });
    await cluster.condition(loadBalancers, ref, "Degraded", "AsExpected");
    await cluster.remove(leases, lease);
    await cluster.remove(services, ref);
  });

  test("of a pool that is not to be announced is fine without anybody", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "routed" };
    await cluster.createPool("routed", {
      addresses: ["203.0.113.0/28"],
      autoAssign: false,
      advertise: "None",
    });
    await cluster.createService(namespace, "routed", {
      spec: metal,
      annotations: { "fairlead.io/address-pool": "routed" },
    });
    const other = { namespace, name: "other" };
    await cluster.createService(namespace, "other", { spec: metal });
    await cluster.served(ref);
    // Given out after it, and told of: by then enough time has passed.
    await cluster.served(other);
    await cluster.condition(loadBalancers, other, "Degraded", "NotAnnounced");
    await cluster.condition(loadBalancers, ref, "Degraded", "AsExpected");
    await cluster.condition(ipAddressPools, { name: "routed" }, "Degraded", "AsExpected");
    for (const name of ["routed", "other"]) await cluster.remove(services, { namespace, name });
  });
});

describe("an advertisement", () => {
  test("is accepted, and tells what it names or selects in vain", async () => {
    await create(l2Advertisements, "typo", {
      ipAddressPools: ["qiuet"],
      nodeSelectors: [{ matchLabels: { side: "top" } }],
    });
    await cluster.condition(l2Advertisements, { name: "typo" }, "Accepted", "Accepted");
    const told = await message(l2Advertisements, "typo", "Degraded", "MissingReference");
    expect(told).toContain('spec.ipAddressPools: there is no IPAddressPool "qiuet" (did you mean quiet?)');
    expect(told).toContain("spec.nodeSelectors: no node has labels that match");
    await cluster.edit(
      l2Advertisements,
      { name: "typo" },
      { spec: { ipAddressPools: ["quiet"], nodeSelectors: null } },
    );
    await cluster.condition(l2Advertisements, { name: "typo" }, "Degraded", "AsExpected");
    const { status } = await cluster.client.get(l2Advertisements, { name: "typo" });
    expect(status).toMatchObject({ pools: 1, nodes: 2 });
    await cluster.client.patch(
      nodes,
      { name: "node-b" },
      { metadata: { labels: { side: "top" } } },
      { type: "merge" },
    );
    await cluster.edit(
      l2Advertisements,
      { name: "typo" },
      { spec: { nodeSelectors: [{ matchLabels: { side: "top" } }] } },
    );
    expect(await message(l2Advertisements, "typo", "Degraded", "NoFitNode")).toContain(
      "no agent runs on the one node",
    );
    await cluster.client.patch(
      nodes,
      { name: "node-b" },
      { metadata: { labels: { side: "right" } } },
      { type: "merge" },
    );
    await cluster.condition(l2Advertisements, { name: "typo" }, "Degraded", "SelectsNothing");
    await cluster.remove(l2Advertisements, { name: "typo" });
  });

  test("by BGP whose routes would be wider than the pool, or differ from those of an older one, is refused, and keeps what was accepted", async () => {
    await create(bgpAdvertisements, "older", { ipAddressPools: ["quiet"], localPref: 100 });
    await cluster.condition(bgpAdvertisements, { name: "older" }, "Accepted", "Accepted");
    await create(bgpAdvertisements, "younger", { ipAddressPools: ["quiet"], localPref: 200 });
    expect(await message(bgpAdvertisements, "younger", "Accepted", "RouteConflict")).toContain('"older"');
    await cluster.edit(
      bgpAdvertisements,
      { name: "younger" },
      { spec: { localPref: 100, aggregationLength: 28 } },
    );
    await cluster.condition(bgpAdvertisements, { name: "younger" }, "Accepted", "Accepted");
    await cluster.edit(bgpAdvertisements, { name: "younger" }, { spec: { aggregationLength: 27 } });
    expect(await message(bgpAdvertisements, "younger", "Accepted", "AggregateTooWide")).toContain(
      'every route of /27 would cover addresses beside 192.0.2.0/28 of IPAddressPool "quiet", which it does not have; give a longer prefix length, or whole prefixes to the pool; what was accepted before stays in force',
    );
    const { status } = await cluster.client.get(bgpAdvertisements, { name: "younger" });
    expect(status?.acceptedSpec).toMatchObject({ aggregationLength: 28 });
    // A change of the pool revokes nothing that was accepted.
    await cluster.edit(ipAddressPools, { name: "quiet" }, { spec: { addresses: ["192.0.2.0/29"] } });
    await cluster.condition(bgpAdvertisements, { name: "younger" }, "Degraded", "AggregateTooWide");
    expect(
      (await cluster.client.get(bgpAdvertisements, { name: "younger" })).status?.acceptedSpec,
    ).toMatchObject({
      aggregationLength: 28,
    });
    await cluster.edit(ipAddressPools, { name: "quiet" }, { spec: { addresses: ["192.0.2.0/28"] } });
    for (const name of ["older", "younger"]) await cluster.remove(bgpAdvertisements, { name });
  });
});

describe("a BGPPeer", () => {
  const peer = { myASN: 64500, peerASN: 64501, peerAddress: "192.0.2.254" };

  test("that meets an older one on a node is refused, and let in when the two meet no more", async () => {
    await create<BGPPeer>(bgpPeers, "first", peer);
    await cluster.condition(bgpPeers, { name: "first" }, "Accepted", "Accepted");
    await create<BGPPeer>(bgpPeers, "second", { ...peer, peerASN: 64502 });
    expect(await message(bgpPeers, "second", "Accepted", "PeerConflict")).toContain('BGPPeer "first"');
    await cluster.edit(
      bgpPeers,
      { name: "first" },
      { spec: { nodeSelectors: [{ matchLabels: { side: "left" } }] } },
    );
    await cluster.edit(
      bgpPeers,
      { name: "second" },
      { spec: { nodeSelectors: [{ matchLabels: { side: "right" } }] } },
    );
    await cluster.condition(bgpPeers, { name: "second" }, "Accepted", "Accepted");
    // Both are in force: what a label brings about costs neither its other nodes.
    await cluster.client.patch(
      nodes,
      { name: "node-b" },
      { metadata: { labels: { side: "left" } } },
      { type: "merge" },
    );
    await cluster.edit(
      bgpPeers,
      { name: "second" },
      { spec: { nodeSelectors: [{ matchLabels: { side: "left" } }] } },
    );
    expect(await message(bgpPeers, "second", "Accepted", "PeerConflict")).toContain(
      "what was accepted before stays",
    );
    await cluster.client.patch(
      nodes,
      { name: "node-b" },
      { metadata: { labels: { side: "right" } } },
      { type: "merge" },
    );
    for (const name of ["first", "second"]) await cluster.remove(bgpPeers, { name });
  });

  test("counts the sessions that agents have, and says why the others are missing", async () => {
    await create(bfdProfiles, "fast", {});
    await create<BGPPeer>(bgpPeers, "tor", { ...peer, bfdProfile: "fsat" });
    expect(await message(bgpPeers, "tor", "Degraded", "MissingReference")).toContain("did you mean fast?");
    await cluster.edit(bgpPeers, { name: "tor" }, { spec: { bfdProfile: "fast" } });
    await cluster.condition(bgpPeers, { name: "tor" }, "Degraded", "AsExpected");
    await says("node-a", { bgp: { sessions: [session("tor", "Established")], routes: [] } });
    await says("node-b", { bgp: { sessions: [session("tor", "Active", "connection refused")], routes: [] } });
    await eventually(async () => {
      const { status } = await cluster.client.get(bgpPeers, { name: "tor" });
      const established = status?.conditions?.find(({ type }) => type === "Established");
      expect(established).toMatchObject({
        status: "False",
        reason: "PeerDown",
        message: "1 of 2: connection refused on node-b",
      });
      expect(status).toMatchObject({ nodes: 2, established: 1, sessions: "1/2" });
    }, "one of two is established");
    await says("node-b", {
      bgp: {
        sessions: [session("tor", "Established")],
        routes: [],
        problems: [{ kind: "BGPPeer", name: "tor", message: "Secret x does not exist" }],
      },
    });
    await cluster.condition(bgpPeers, { name: "tor" }, "Established", "Established");
    expect(await message(bgpPeers, "tor", "Degraded", "NodeRefuses")).toBe(
      "on node-b: Secret x does not exist",
    );
    const profile = await cluster.client.get(bfdProfiles, { name: "fast" });
    expect(profile.status).toMatchObject({ peers: 1 });
  });

  test("announces an address as well as layer 2 does, while it has a session", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "by-bgp" };
    await cluster.createService(namespace, "by-bgp", { spec: metal });
    const [address = ""] = await cluster.served(ref);
    await create(bgpAdvertisements, "by-bgp", { ipAddressPools: ["quiet"] });
    await cluster.condition(loadBalancers, ref, "Degraded", "NotAnnounced");
    const routes = [{ prefix: "192.0.2.0/28", peers: ["tor"] }];
    await says("node-a", { bgp: { sessions: [session("tor", "Established")], routes } });
    await cluster.condition(loadBalancers, ref, "Degraded", "AsExpected");
    await says("node-a", { bgp: { sessions: [session("tor", "Active")], routes } });
    await cluster.condition(loadBalancers, ref, "Degraded", "NotAnnounced");
    await says("node-a", {
      bgp: {
        sessions: [session("tor", "Established")],
        routes: [{ prefix: `${address}/32`, peers: ["tor"] }],
      },
    });
    await cluster.condition(loadBalancers, ref, "Degraded", "AsExpected");
  });
});

test("a name of a community is the older object's", async () => {
  const spec = { communities: [{ name: "backup", value: "64500:1" }] };
  await create(communities, "one", spec);
  await cluster.condition(communities, { name: "one" }, "Accepted", "Accepted");
  await create(communities, "two", spec);
  expect(await message(communities, "two", "Accepted", "NameConflict")).toContain(
    'the name "backup" is in Community "one"',
  );
  await create(bgpAdvertisements, "named", { communities: ["backpu", "no-export", "64500:9"] });
  expect(await message(bgpAdvertisements, "named", "Degraded", "MissingReference")).toContain(
    'there is no Community that has the name "backpu" (did you mean backup?)',
  );
  await cluster.remove(bgpAdvertisements, { name: "named" });
  await cluster.remove(communities, { name: "one" });
  await cluster.condition(communities, { name: "two" }, "Accepted", "Accepted");
});

test("a restart with all of this in the cluster writes nothing, and tells no Event", async () => {
  const [namespace, marker] = [
    await testNamespace(controlPlane()),
    await testNamespace(controlPlane(), "marker"),
  ];
  const serve = async (name: string, where: string) => {
    await cluster.createPool(name, {
      addresses: [name === "last" ? "198.51.100.128/28" : "198.51.100.144/28"],
    });
    const annotations = { "fairlead.io/address-pool": name };
    await cluster.createService(where, name, { spec: metal, annotations });
    await cluster.condition(loadBalancers, { namespace: where, name }, "Degraded", "NotAnnounced");
  };
  const left = { nodeSelectors: [{ matchLabels: { side: "left" } }] };
  await create(l2Advertisements, "left", { ipAddressPools: ["last"], ...left });
  await serve("last", namespace);
  await cluster.condition(l2Advertisements, { name: "left" }, "Degraded", "AsExpected");
  await eventually(async () => {
    const { status } = await cluster.client.get(ipAddressPools, { name: "last" });
    expect(status).toMatchObject({ assignedIPv4: 1, advertised: true });
  }, "the pool is counted");
  await operator.stop();
  operator = await start();
  // What is told of it comes after all that was there before was looked at, and after what has to last.
  await serve("marker", marker);
  const concerns = /marker|loadbalancerclasses/;
  expect(operator.writes.filter((write) => !concerns.test(write))).toEqual([]);
});
