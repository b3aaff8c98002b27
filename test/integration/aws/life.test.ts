/** The life of Services on AWS, from the API server to the cloud and back, with the operator under its minimal role. */
import { beforeAll, expect, test } from "@jest/globals";
import { namespaces, services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import type { ObjectRef } from "../../../src/runtime/kube/client.ts";
import type { ServiceInput } from "../support/cluster.ts";
import { eventually } from "../support/installation.ts";
import type { Inventory, SeenBalancer } from "./cloud.ts";
import { acknowledge, awsWorld, LBC } from "./support.ts";

type Ref = ObjectRef & { readonly namespace: string };

const world = awsWorld();
let before: Inventory;
beforeAll(async () => {
  before = await world().inventory();
});

/** A Service that is served, in a namespace of its own. */
async function served(name: string, input?: ServiceInput): Promise<Ref> {
  const ref = { namespace: await world().namespace(), name };
  await world().createService(ref, input);
  await world().served(ref);
  await world().applied(ref);
  return ref;
}

function seen({ namespace, name }: Ref): Promise<SeenBalancer> {
  return world().balancer(`${namespace}/${name}`);
}

async function nodePorts(ref: Ref): Promise<number[]> {
  return ((await world().cluster.service(ref)).spec.ports ?? []).map(({ nodePort = 0 }) => nodePort);
}

test("a Service gets a load balancer with listener, targets, security groups and marks, and its name in status", async () => {
  const { cluster, network } = world();
  const ref = await served("web");
  const [nodePort] = await nodePorts(ref);
  const lb = await seen(ref);
  const service = await cluster.service(ref);
  expect(service.status?.loadBalancer?.ingress).toEqual([{ hostname: lb.dnsName }]);
  expect(service.metadata.finalizers).toEqual(["fairlead.io/load-balancer"]);
  expect(lb.scheme).toBe("internal");
  expect(lb.subnets).toEqual(network.internalSubnets.map(({ id }) => id).sort());
  const targets = network.nodes.map(({ instance }) => `${instance}:${nodePort}`).sort();
  const group = { protocol: "TCP", healthCheck: "TCP traffic-port", targets };
  expect(lb.listeners).toMatchObject([{ port: 80, protocol: "TCP", group }]);

  const system = await cluster.client.get(namespaces, { name: "kube-system" });
  const marks = {
    "fairlead.io/cluster": system.metadata.uid,
    "fairlead.io/stack": `${ref.namespace}/${ref.name}`,
  };
  const arns = lb.listeners.flatMap((listener) => [listener.arn, listener.group.arn]);
  for (const arn of [lb.arn, ...arns]) expect(await world().tags(arn)).toMatchObject(marks);

  expect(await world().rules(lb.frontGroup)).toEqual([`tcp 80 from ${network.cidr}`]);
  expect(await world().rules(network.nodeSecurityGroup)).toEqual([`tcp ${nodePort} from ${lb.backendGroup}`]);
  const noted = (await world().applied(ref)).status?.resources?.map(({ id }) => id);
  expect(noted).toEqual(expect.arrayContaining([lb.arn, ...arns, lb.frontGroup]));
});

test("ports that are added, changed and removed change listeners, rules and status in place", async () => {
  const { cluster } = world();
  const ref = await served("ports");
  const { arn, frontGroup } = await seen(ref);
  const expectPorts = (...ports: number[]) =>
    eventually(async () => {
      const lb = await seen(ref);
      expect(lb.arn).toBe(arn);
      expect(lb.listeners.map(({ port }) => port)).toEqual(ports);
      expect(await world().rules(frontGroup)).toHaveLength(ports.length);
      const { status } = await cluster.loadBalancer(ref);
      expect(status?.ports?.map(({ port }) => port)).toEqual(ports);
      // What it leads to is what the Service says now, and is let in by the nodes.
      const behind = lb.listeners.map(({ group }) => Number(group.targets[0]?.split(":")[1]));
      expect(behind).toEqual(await nodePorts(ref));
      const rules = await world().rules(world().network.nodeSecurityGroup);
      expect(rules).toEqual(
        expect.arrayContaining(behind.map((port) => `tcp ${port} from ${lb.backendGroup}`)),
      );
    }, `it listens on ${ports.join()}`);
  const [http, https] = [
    { name: "http", port: 80 },
    { name: "https", port: 443 },
  ];
  await cluster.edit(services, ref, { spec: { ports: [http, https] } });
  await expectPorts(80, 443);
  await cluster.edit(services, ref, { spec: { ports: [{ ...http, port: 81 }, https] } });
  await expectPorts(81, 443);
  await cluster.edit(services, ref, { spec: { ports: [https] } });
  await expectPorts(443);
});

test("an annotation that is edited is applied, and one that is removed is reverted", async () => {
  const { cluster } = world();
  const ref = await served("noted");
  const { arn, listeners } = await seen(ref);
  const annotate = (crossZone: string | null, delay: string | null) =>
    cluster.edit(services, ref, {
      metadata: {
        annotations: { [`${LBC}-attributes`]: crossZone, [`${LBC}-target-group-attributes`]: delay },
      },
    });
  const expectAttributes = (crossZone: string, delay: string) =>
    eventually(async () => {
      const own = await world().attributes(arn);
      const group = await world().groupAttributes(listeners[0]?.group.arn ?? "");
      expect([
        own["load_balancing.cross_zone.enabled"],
        group["deregistration_delay.timeout_seconds"],
      ]).toEqual([crossZone, delay]);
    }, `cross zone ${crossZone}, delay ${delay}`);
  await annotate("load_balancing.cross_zone.enabled=true", "deregistration_delay.timeout_seconds=30");
  await expectAttributes("true", "30");
  await annotate(null, "deregistration_delay.timeout_seconds=60");
  await expectAttributes("false", "60");
  await annotate(null, null);
  await expectAttributes("false", "300");
});

test("with externalTrafficPolicy Local, nodes are asked whether they have endpoints", async () => {
  const ref = await served("local", { spec: { externalTrafficPolicy: "Local" } });
  const { spec } = await world().cluster.service(ref);
  const healthCheck = `HTTP ${spec.healthCheckNodePort} /healthz`;
  const { listeners, backendGroup } = await seen(ref);
  expect(listeners).toMatchObject([{ group: { healthCheck } }]);
  const rules = await world().rules(world().network.nodeSecurityGroup);
  expect(rules).toContain(`tcp ${spec.healthCheckNodePort} from ${backendGroup}`);
});

test("a node that comes is registered before the one that goes is taken out, and nothing else is written", async () => {
  const { aws, network } = world();
  const refs = [await served("first"), await served("second")];
  const groups = (await world().elb.describeTargetGroups({})).TargetGroups?.length ?? 0;
  const [leaving] = network.nodes;
  if (leaving === undefined) throw new Error("There is no node");
  aws.clearCalls();
  const joining = await world().addNode();
  await world().removeNode(leaving);
  for (const ref of refs)
    await eventually(async () => {
      const targets = (await seen(ref)).listeners[0]?.group.targets.map((target) => target.split(":")[0]);
      expect(targets).toEqual(network.nodes.map(({ instance }) => instance).sort());
      expect(targets).toContain(joining.instance);
    }, "the new nodes are registered");
  await eventually(() => expect(world().written()).toHaveLength(2 * groups), "all groups have the nodes");
  for (const group of new Set(
    world()
      .written()
      .map(({ parameters }) => parameters.TargetGroupArn),
  ))
    expect(
      world()
        .written()
        .filter(({ parameters }) => parameters.TargetGroupArn === group)
        .map(({ operation }) => operation),
    ).toEqual(["RegisterTargets", "DeregisterTargets"]);
});

test("a Service can be internal and external at once", async () => {
  const { cluster, network } = world();
  const ref = { namespace: await world().namespace(), name: "both" };
  await world().createService(ref, { annotations: { "fairlead.io/frontends": "internal,external" } });
  const [internal, external] = await Promise.all(
    ["internal", "external"].map(async (scheme) => {
      await world().applied({ ...ref, name: `both-${scheme}` });
      return world().balancer(`${ref.namespace}/both-${scheme}`);
    }),
  );
  expect([internal?.scheme, external?.scheme]).toEqual(["internal", "internet-facing"]);
  expect(external?.subnets).toEqual(network.publicSubnets.map(({ id }) => id).sort());
  expect(await world().rules(external?.frontGroup ?? "")).toEqual(["tcp 80 from 0.0.0.0/0"]);
  await cluster.served(ref, [internal?.dnsName ?? "", external?.dnsName ?? ""]);

  await cluster.edit(services, ref, { metadata: { annotations: { "fairlead.io/frontends": "internal" } } });
  await cluster.served(ref, [internal?.dnsName ?? ""]);
  await eventually(
    async () => expect(await world().balancers(`${ref.namespace}/both-external`)).toEqual([]),
    "the external one is gone",
  );
});

test("a change of scheme waits for the user's word, and makes the new load balancer before the old one goes", async () => {
  const { aws, cluster } = world();
  const ref = await served("moved");
  const old = await seen(ref);
  await cluster.edit(services, ref, { metadata: { annotations: { "fairlead.io/scheme": "external" } } });
  const held = await cluster.condition(loadBalancers, ref, "Degraded", "ReplacementNotAcknowledged");
  expect((await seen(ref)).scheme).toBe("internal");
  expect(await world().served(ref)).toBe(old.dnsName);

  aws.clearCalls();
  await acknowledge(cluster, ref, held.message);
  await eventually(async () => expect((await seen(ref)).scheme).toBe("internet-facing"), "it is replaced");
  const lb = await seen(ref);
  await cluster.served(ref, [lb.dnsName]);
  expect(lb.dnsName).not.toBe(old.dnsName);
  const order = world()
    .written()
    .map(({ operation }) => operation);
  expect(order.indexOf("CreateLoadBalancer")).toBeLessThan(order.indexOf("DeleteLoadBalancer"));
  expect(order.lastIndexOf("RegisterTargets")).toBeLessThan(order.indexOf("DeleteLoadBalancer"));
});

test("another operator finds all as it should be: it looks, and writes nothing", async () => {
  const { aws } = world();
  const { TargetGroups = [] } = await world().elb.describeTargetGroups({});
  await world().restart({ verifyPeriodMs: 60_000 });
  aws.clearCalls();
  const looked = () =>
    new Set(
      aws.calls
        .filter(({ operation }) => operation === "DescribeTargetHealth")
        .map(({ parameters }) => parameters.TargetGroupArn),
    ).size;
  await eventually(() => expect(looked()).toBe(TargetGroups.length), "every target group was looked at");
  await world().restart();
  expect(world().written()).toEqual([]);
  expect(
    world()
      .operator()
      .writes.filter((write) => !write.includes("/events")),
  ).toEqual([]);
});

test("a Service that is no load balancer any more leaves nothing", async () => {
  const { cluster } = world();
  const ref = await served("flip");
  await cluster.edit(services, ref, { spec: { type: "ClusterIP" } });
  await cluster.gone(loadBalancers, ref);
  expect(await world().balancers(`${ref.namespace}/flip`)).toEqual([]);
  await eventually(async () => {
    const { metadata, status } = await cluster.service(ref);
    expect([metadata.finalizers, status?.loadBalancer, status?.conditions]).toEqual([
      undefined,
      {},
      undefined,
    ]);
  }, "nothing of ours is on it");
});

test("a Service that is deleted while AWS has trouble stays until all is gone", async () => {
  const { aws, cluster } = world();
  const ref = await served("stuck");
  const heal = aws.fault({ operation: /^Delete(?!Tags)/, when: "before", do: "503" });
  await cluster.remove(services, ref);
  const told = await cluster.condition(loadBalancers, ref, "Degraded", "Retrying");
  expect(told.message).toContain("It can't be deleted yet");
  expect((await cluster.service(ref)).metadata.deletionTimestamp).toBeDefined();
  heal();
  await cluster.gone(services, ref);
  expect(await world().balancers(`${ref.namespace}/stuck`)).toEqual([]);
});

test("when all Services are deleted, nothing is left", async () => {
  const { cluster, network } = world();
  const { items } = await cluster.client.list(services);
  const ours = items.filter(({ spec }) => spec.type === "LoadBalancer").map(({ metadata }) => metadata);
  const refs = ours.map(({ namespace, name = "" }) => ({ namespace, name }));
  for (const ref of refs) await cluster.remove(services, ref);
  for (const ref of refs) await cluster.gone(services, ref);
  await eventually(async () => expect(await world().inventory()).toEqual(before), "nothing is left");
  expect(await world().rules(network.nodeSecurityGroup)).toEqual([]);
});
