/** Several Services on one load balancer, and several classes on the network that all load balancers of a VPC share. */
import { beforeAll, expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import type { ObjectRef } from "../../../src/runtime/kube/client.ts";
import { eventually } from "../support/installation.ts";
import type { Inventory, SeenBalancer } from "./cloud.ts";
import { awsWorld } from "./support.ts";

type Ref = ObjectRef & { readonly namespace: string };

const world = awsWorld();
let before: Inventory;
beforeAll(async () => {
  before = await world().inventory();
});

/** Creates a member of the group `front`, which listens on one port, and waits for nothing. */
async function join(ref: Ref, port: number, o: { cls?: string; sourceRanges?: string[] } = {}): Promise<Ref> {
  const { cls, sourceRanges } = o;
  await world().createService(ref, {
    ...(cls === undefined ? {} : { cls }),
    annotations: { "fairlead.io/group": "front" },
    spec: {
      ports: [{ name: "main", port }],
      ...(sourceRanges && { loadBalancerSourceRanges: sourceRanges }),
    },
  });
  return ref;
}

function seenGroup(namespace: string, cls = "aws"): Promise<SeenBalancer> {
  return world().balancer(`group ${cls} ${namespace} front`);
}

async function nodePort(ref: Ref): Promise<number> {
  return (await world().cluster.service(ref)).spec.ports?.[0]?.nodePort ?? 0;
}

function nodeRules(): Promise<string[]> {
  return world().rules(world().network.nodeSecurityGroup);
}

async function removeAll(...refs: readonly Ref[]): Promise<void> {
  for (const ref of refs) await world().cluster.remove(services, ref);
  for (const ref of refs) await world().cluster.gone(services, ref);
}

async function expectNothingLeft(): Promise<void> {
  await eventually(async () => {
    expect(await world().inventory()).toEqual(before);
    expect(await nodeRules()).toEqual([]);
  }, "nothing is left");
}

test("Services of a group share a load balancer: who leaves takes only his own along, and the last one all", async () => {
  const { cluster, network } = world();
  const namespace = await world().namespace();
  const web = await join({ namespace, name: "web" }, 80);
  const api = await join({ namespace, name: "api" }, 443);
  const dnsName = await world().served(web);
  await cluster.served(api, [dnsName]);
  await world().applied(api);

  const expectMembers = (...members: readonly (readonly [port: number, ref: Ref])[]) =>
    eventually(async () => {
      const lb = await seenGroup(namespace);
      expect(lb.dnsName).toBe(dnsName);
      const ports = await Promise.all(members.map(([, ref]) => nodePort(ref)));
      const targets = ports.map((port) => network.nodes.map(({ instance }) => `${instance}:${port}`).sort());
      expect(lb.listeners.map(({ port, group }) => [port, group.targets])).toEqual(
        members.map(([port], index) => [port, targets[index]]),
      );
      const fromVpc = members.map(([port]) => `tcp ${port} from ${network.cidr}`);
      expect(await world().rules(lb.frontGroup)).toEqual(fromVpc.sort());
      const opened = ports.map((port) => `tcp ${port} from ${lb.backendGroup}`);
      expect(await nodeRules()).toEqual(opened.sort());
    }, "the load balancer serves these members, and nobody else");
  await expectMembers([80, web], [443, api]);

  await removeAll(web);
  await expectMembers([443, api]);
  await cluster.served(api, [dnsName]);

  const late = await join({ namespace, name: "late" }, 8443);
  await cluster.served(late, [dnsName]);
  await expectMembers([443, api], [8443, late]);

  await removeAll(api, late);
  await expectNothingLeft();
});

test("of two that want one port, the loser is told who has it, and gets it once it is free", async () => {
  const { cluster } = world();
  const namespace = await world().namespace();
  const winner = await join({ namespace, name: "winner" }, 80);
  const dnsName = await world().served(winner);
  const loser = await join({ namespace, name: "loser" }, 80);
  const told = await cluster.condition(loadBalancers, loser, "Programmed", "PortConflict");
  expect(told.message).toContain(`${namespace}/winner`);
  await cluster.condition(services, loser, "fairlead.io/Programmed", "PortConflict");
  expect(await cluster.addresses(loser)).toEqual([]);
  expect((await seenGroup(namespace)).listeners.map(({ port }) => port)).toEqual([80]);

  await cluster.edit(services, winner, { spec: { ports: [{ name: "main", port: 8080 }] } });
  await cluster.served(loser, [dnsName]);
  await eventually(async () => {
    const { listeners } = await seenGroup(namespace);
    expect(listeners.map(({ port }) => port)).toEqual([80, 8080]);
    const [first] = listeners;
    const behind = first?.group.targets.map((target) => Number(target.split(":")[1]));
    expect(new Set(behind)).toEqual(new Set([await nodePort(loser)]));
  }, "the port leads to the one who lost it before");
  await removeAll(winner, loser);
  await expectNothingLeft();
});

test("a group spans the namespaces that its class lists, and no other", async () => {
  const { cluster } = world();
  const [one, two, stranger] = [
    await world().namespace(),
    await world().namespace(),
    await world().namespace(),
  ];
  await world().createClass("spanning", { policy: { sharing: { namespaces: [one, two] } } });
  const cls = "spanning";
  const first = await join({ namespace: one, name: "web" }, 80, { cls });
  const dnsName = await world().served(first);
  const second = await join({ namespace: two, name: "web" }, 443, { cls });
  const other = await join({ namespace: stranger, name: "web" }, 8080, { cls });
  await cluster.served(second, [dnsName]);
  expect(await world().served(other)).not.toBe(dnsName);
  const shared = await world().balancer("group spanning * front");
  expect(shared.listeners.map(({ port }) => port)).toEqual([80, 443]);
  expect((await seenGroup(stranger, cls)).listeners.map(({ port }) => port)).toEqual([8080]);
  await removeAll(first, second, other);
  await expectNothingLeft();
});

test("two classes on one VPC share what opens the nodes: widened before the load balancer, narrowed after it", async () => {
  const { aws, network } = world();
  const namespace = await world().namespace();
  await world().createClass("other");
  const first = { namespace, name: "first" };
  const second = { namespace, name: "second" };
  await world().createService(first);
  await world().served(first);
  await world().applied(first);
  const [firstPort] = [await nodePort(first)];

  aws.clearCalls();
  await world().createService(second, { cls: "other" });
  await world().served(second);
  await world().applied(second);
  const lbs = await Promise.all([first, second].map(({ name }) => world().balancer(`${namespace}/${name}`)));
  const [backend] = lbs.map(({ backendGroup }) => backendGroup);
  expect(lbs.map(({ backendGroup }) => backendGroup)).toEqual([backend, backend]);
  const ports = [firstPort, await nodePort(second)];
  expect(await nodeRules()).toEqual(ports.map((port) => `tcp ${port} from ${backend}`).sort());
  const isOnNodes = ({ parameters }: { parameters: Readonly<Record<string, string>> }) =>
    parameters.GroupId === network.nodeSecurityGroup;
  const created = world().written();
  const opened = created.findIndex(isOnNodes);
  expect(opened).toBeGreaterThanOrEqual(0);
  expect(opened).toBeLessThan(created.findIndex(({ operation }) => operation === "CreateLoadBalancer"));
  // The nodes are opened by one call, and nothing of the other class is written.
  expect(created.filter(isOnNodes).map(({ operation }) => operation)).toEqual([
    "AuthorizeSecurityGroupIngress",
  ]);

  aws.clearCalls();
  await removeAll(first);
  await eventually(
    async () => expect(await nodeRules()).toEqual([`tcp ${await nodePort(second)} from ${backend}`]),
    "the nodes are open for the one that is left",
  );
  const removed = world().written();
  const closed = removed.findIndex(isOnNodes);
  expect(removed[closed]?.operation).toBe("RevokeSecurityGroupIngress");
  expect(closed).toBeGreaterThan(removed.findIndex(({ operation }) => operation === "DeleteLoadBalancer"));
  expect((await world().balancer(`${namespace}/second`)).backendGroup).toBe(backend);

  await removeAll(second);
  await expectNothingLeft();
});

test("what AWS rejects of one member keeps nobody else from being served, and is told to that one", async () => {
  const { aws, cluster } = world();
  const namespace = await world().namespace();
  const old = await join({ namespace, name: "old" }, 80);
  const dnsName = await world().served(old);
  await world().applied(old);
  const bad = "198.51.100.0/24";
  const heal = aws.fault({
    operation: "AuthorizeSecurityGroupIngress",
    when: "before",
    match: ({ parameters }) => Object.values(parameters).includes(bad),
    do: { code: "InvalidParameterValue", message: "The range is not to the taste of this AWS" },
  });
  const refs = await Promise.all(
    [1, 2, 3, 4, 5].map((number) =>
      join({ namespace, name: `new-${number}` }, 8000 + number, {
        sourceRanges: [number === 3 ? bad : `192.0.2.${number * 16}/28`],
      }),
    ),
  );
  const culprit = refs[2] as Ref;
  const others = refs.filter((ref) => ref !== culprit);
  for (const ref of others) await cluster.served(ref, [dnsName]);
  const told = await cluster.condition(loadBalancers, culprit, "Programmed", "RejectedByCloud");
  expect(told.message).toContain("not to the taste of this AWS");
  expect(await cluster.addresses(culprit)).toEqual([]);
  await cluster.served(old, [dnsName]);
  for (const ref of [old, ...others]) {
    const { conditions = [] } = (await cluster.loadBalancer(ref)).status ?? {};
    expect(conditions.find(({ type }) => type === "Degraded")?.status).not.toBe("True");
  }
  const { listeners, frontGroup } = await seenGroup(namespace);
  expect(listeners.map(({ port }) => port)).toEqual([80, 8001, 8002, 8004, 8005]);
  expect((await world().rules(frontGroup)).filter((rule) => rule.includes("8003"))).toEqual([]);

  await cluster.edit(services, culprit, { spec: { loadBalancerSourceRanges: ["192.0.2.48/28"] } });
  await cluster.served(culprit, [dnsName]);
  heal();
  await removeAll(old, ...refs);
  await expectNothingLeft();
});

test.each([
  ["after", "CreateSecurityGroup"],
  ["after", "AuthorizeSecurityGroupIngress"],
  ["after", "CreateLoadBalancer"],
  ["before", "CreateListener"],
] as const)(
  "an operator that is killed %s %s leaves a group that the next one completes",
  async (when, operation) => {
    const { cluster } = world();
    const namespace = await world().namespace();
    const refs = ["web", "api"].map((name) => ({ namespace, name }));
    const death = world().dieAt(operation, when);
    for (const [index, ref] of refs.entries()) await join(ref, 80 + index);
    await death.succession();
    for (const ref of refs) await world().applied(ref);
    const { dnsName, listeners } = await seenGroup(namespace);
    for (const ref of refs) await cluster.served(ref, [dnsName]);
    expect(listeners.map(({ port }) => port)).toEqual([80, 81]);
    const { loadBalancers: balancers, targetGroups, securityGroups } = await world().inventory();
    expect([balancers.length, targetGroups.length]).toEqual([1, 2]);
    expect(securityGroups.length - before.securityGroups.length).toBe(2);
    await removeAll(...refs);
    await expectNothingLeft();
  },
);

test.each([
  ["after", "DeleteListener"],
  ["after", "DeleteLoadBalancer"],
  ["before", "DeleteTargetGroup"],
  ["before", "RevokeSecurityGroupIngress"],
] as const)(
  "an operator that is killed %s %s while the last ones leave leaves nothing to the next",
  async (when, operation) => {
    const namespace = await world().namespace();
    const refs = ["web", "api"].map((name) => ({ namespace, name }));
    for (const [index, ref] of refs.entries()) await join(ref, 80 + index);
    for (const ref of refs) await world().applied(ref);
    const death = world().dieAt(operation, when);
    for (const ref of refs) await world().cluster.remove(services, ref);
    await death.succession();
    for (const ref of refs) await world().cluster.gone(services, ref);
    await expectNothingLeft();
  },
);
