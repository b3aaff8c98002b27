/** What the AWS Load Balancer Controller does wrong with single objects, seen in the cloud, done right: rules of nodes, and objects that can't be served. */
import { expect, test } from "@jest/globals";
import { serviceConditionTypes } from "../../../src/api/conditions.ts";
import { endpointSlices, nodes, services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import type { ServiceInput } from "../support/cluster.ts";
import { eventually } from "../support/installation.ts";
import { asked, type Ref, seen, served } from "./served.ts";
import { awsWorld, LBC } from "./support.ts";

const world = awsWorld();

const port = (number: number, protocol: "TCP" | "UDP", nodePort?: number) => ({
  name: `${protocol.toLowerCase()}-${number}`,
  port: number,
  protocol,
  ...(nodePort === undefined ? {} : { nodePort }),
});

/** Pods behind a Service, as the EndpointSlice controller tells of them. */
async function createEndpoints({ namespace, name }: Ref, address: string, targetPort: number): Promise<void> {
  await world().cluster.client.create(endpointSlices, {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: "http", port: targetPort, protocol: "TCP" }],
  });
}

interface Invalid {
  readonly what: string;
  readonly input: ServiceInput;
  readonly reason: string;
  readonly says: RegExp;
}

const invalid: readonly Invalid[] = [
  {
    what: "long-name",
    input: { annotations: { [`${LBC}-name`]: "a-name-that-is-much-too-long-for-aws-to-take" } },
    reason: "InvalidAnnotation",
    says: /aws-load-balancer-name.*32/,
  },
  {
    what: "strange-attribute",
    input: { annotations: { [`${LBC}-attributes`]: "load_balancing.crosszone.enabled=true" } },
    reason: "InvalidAnnotation",
    says: /did you mean load_balancing\.cross_zone\.enabled\?/,
  },
  {
    what: "private-link",
    input: {
      annotations: {
        [`${LBC}-disable-nlb-sg`]: "true",
        [`${LBC}-inbound-sg-rules-on-private-link-traffic`]: "on",
      },
    },
    reason: "InvalidSettings",
    says: /needs security groups/,
  },
  {
    what: "strange-scheme",
    input: { annotations: { [`${LBC}-scheme`]: "public" } },
    reason: "InvalidAnnotation",
    says: /internal or internet-facing/,
  },
];

test("what is invalid is told, leaves nothing, and costs no calls however often it is looked at", async () => {
  const { aws, cluster } = world();
  const before = await world().inventory();
  const refs = await Promise.all(invalid.map(({ what, input }) => asked(world(), what, input)));
  for (const [index, { reason, says }] of invalid.entries()) {
    const ref = refs[index] as Ref;
    const told = await cluster.condition(loadBalancers, ref, "Accepted", reason);
    expect(told.message).toMatch(says);
    const shown = await cluster.condition(services, ref, serviceConditionTypes.Programmed, reason);
    expect(shown).toMatchObject({ status: "False", message: told.message });
    await eventually(
      async () => expect(await cluster.events(ref)).toContainEqual(expect.stringMatching(says)),
      "an Event tells of it",
    );
  }
  expect(world().written()).toEqual([]);
  expect(await world().inventory()).toEqual(before);

  // By now each was looked for once, lest something was left of it by an earlier process.
  const valid = await served(world(), "valid");
  aws.clearCalls();
  for (const more of [81, 82, 83]) {
    for (const ref of refs)
      await cluster.edit(services, ref, { spec: { ports: [port(80, "TCP"), port(more, "TCP")] } });
    for (const ref of refs)
      await eventually(async () => {
        const { metadata, status, spec } = await cluster.loadBalancer(ref);
        expect(spec.ports[1]?.port).toBe(more);
        for (const { observedGeneration } of status?.conditions ?? [])
          expect(observedGeneration).toBe(metadata.generation);
      }, "the edit is looked at");
  }
  expect(aws.calls).toEqual([]);
  for (const ref of refs) await cluster.remove(services, ref);
  for (const ref of refs) await cluster.gone(services, ref);
  expect(world().written()).toEqual([]);
  await cluster.remove(services, valid);
  await cluster.gone(services, valid);
  await eventually(async () => expect(await world().inventory()).toEqual(before), "nothing is left");
});

test("TCP and UDP on one port are refused as long as nobody says how, and nothing is opened for either", async () => {
  const { aws, cluster } = world();
  const before = await world().inventory();
  const spec = { ports: [port(53, "TCP", 30_053), port(53, "UDP", 30_053)] };
  const ref = await asked(world(), "dns", { spec });
  const told = await cluster.condition(loadBalancers, ref, "Programmed", "Unsupported");
  expect(told.message).toContain(`${LBC}-enable-tcp-udp-listener: "true"`);
  expect(await world().inventory()).toEqual(before);

  // The network is known now: to be refused again costs nothing.
  aws.clearCalls();
  await cluster.edit(services, ref, { spec: { ports: [...spec.ports, port(80, "TCP")] } });
  await eventually(async () => {
    const { metadata, status } = await cluster.loadBalancer(ref);
    expect(status?.conditions?.[0]?.observedGeneration).toBe(metadata.generation);
    expect(metadata.generation).toBeGreaterThan(1);
  }, "the edit is looked at");
  expect(aws.calls).toEqual([]);

  await cluster.edit(services, ref, {
    metadata: { annotations: { [`${LBC}-enable-tcp-udp-listener`]: "true" } },
    spec,
  });
  await world().served(ref);
  const { listeners, frontGroup, backendGroup } = await seen(world(), ref);
  expect(listeners).toMatchObject([{ port: 53, protocol: "TCP_UDP", group: { protocol: "TCP_UDP" } }]);
  expect(await world().rules(frontGroup)).toEqual([
    `tcp 53 from ${world().network.cidr}`,
    `udp 53 from ${world().network.cidr}`,
  ]);
  expect(await world().rules(world().network.nodeSecurityGroup)).toEqual([
    `tcp 30053 from ${backendGroup}`,
    `udp 30053 from ${backendGroup}`,
  ]);
  await eventually(async () => {
    expect((await cluster.loadBalancer(ref)).status?.ports).toEqual([
      { port: 53, protocol: "TCP" },
      { port: 53, protocol: "UDP" },
    ]);
  }, "both are in status");
  await cluster.remove(services, ref);
  await cluster.gone(services, ref);
});

test("a port that changes from TCP to UDP is UDP everywhere", async () => {
  const { cluster } = world();
  const ref = await served(world(), "turned", { spec: { ports: [port(514, "TCP", 30_514)] } });
  await cluster.edit(services, ref, { spec: { ports: [port(514, "UDP", 30_514)] } });
  await eventually(async () => {
    const { listeners, frontGroup, backendGroup } = await seen(world(), ref);
    expect(listeners).toMatchObject([{ port: 514, protocol: "UDP", group: { protocol: "UDP" } }]);
    expect(await world().rules(frontGroup)).toEqual([`udp 514 from ${world().network.cidr}`]);
    // Health checks of UDP are TCP.
    expect(await world().rules(world().network.nodeSecurityGroup)).toEqual([
      `tcp 30514 from ${backendGroup}`,
      `udp 30514 from ${backendGroup}`,
    ]);
    expect((await cluster.loadBalancer(ref)).status?.ports).toEqual([{ port: 514, protocol: "UDP" }]);
  }, "it is UDP everywhere");
  await cluster.remove(services, ref);
  await cluster.gone(services, ref);
});

test("node ports, ports of pods and of health checks are opened one by one, never what lies between", async () => {
  const { cluster, network } = world();
  const pods = await asked(world(), "pods", { annotations: { [`${LBC}-nlb-target-type`]: "ip" } });
  await createEndpoints(pods, network.internalSubnets[0]?.cidr.replace(".0/24", ".50") ?? "", 8080);
  await served(world(), "high", { spec: { ports: [port(80, "TCP", 30_900)] } });
  const local = await served(world(), "local", {
    spec: { externalTrafficPolicy: "Local", healthCheckNodePort: 30_999, ports: [port(80, "TCP", 30_080)] },
  });
  await world().served(pods);
  const { backendGroup } = await seen(world(), local);
  await eventually(
    async () =>
      expect(await world().rules(network.nodeSecurityGroup)).toEqual(
        [30_080, 30_900, 30_999, 8080].map((number) => `tcp ${number} from ${backendGroup}`),
      ),
    "each port is opened for itself",
  );
  await cluster.remove(services, local);
  await cluster.gone(services, local);
  await eventually(
    async () =>
      expect(await world().rules(network.nodeSecurityGroup)).toEqual(
        [30_900, 8080].map((number) => `tcp ${number} from ${backendGroup}`),
      ),
    "what nobody needs any more is shut",
  );
});

test("a misspelt annotation is reported with the one that is meant, and keeps nobody from being served", async () => {
  const { cluster } = world();
  const ref = await served(world(), "misspelt", { annotations: { [`${LBC}-sceme`]: "internet-facing" } });
  const told = await cluster.condition(services, ref, serviceConditionTypes.Degraded, "UnknownAnnotation");
  expect(told.message).toContain(`did you mean ${LBC}-scheme?`);
  expect((await seen(world(), ref)).scheme).toBe("internal");
});

test("without a node to take its traffic it says so, until there is one", async () => {
  const { cluster, network } = world();
  const ref = await served(world(), "picky", { annotations: { [`${LBC}-target-node-labels`]: "disk=fast" } });
  const told = await cluster.condition(services, ref, serviceConditionTypes.Degraded, "NoBackends");
  expect(told.message).toContain("no node");
  const name = network.nodes[1]?.instance ?? "";
  await cluster.edit(nodes, { name }, { metadata: { labels: { disk: "fast" } } });
  await eventually(async () => {
    const [listener] = (await seen(world(), ref)).listeners;
    expect(listener?.group.targets).toEqual([expect.stringContaining(name)]);
  }, "the node is registered");
  await cluster.condition(loadBalancers, ref, "Degraded", "AsExpected");
});
