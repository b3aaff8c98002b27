/** What can not, or not yet, be taken over is left as it is, and the condition says what to do; who is interrupted goes on. */
import { beforeAll, expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { eventually } from "../support/installation.ts";
import {
  type Made,
  makeAsLoadBalancerController,
  makeByHand,
  stands,
  takeForeignTagsOff,
  taken,
} from "./predecessors.ts";
import { asked, type Ref } from "./served.ts";
import { awsWorld } from "./support.ts";

const world = awsWorld();
const adoptOf = (arn: string) => ({ "fairlead.io/adopt": arn });
let made: Made;
beforeAll(async () => {
  await world().createClass("adopting", { policy: { adoption: { ids: ["*"] } } });
  await world().createClass("narrow", { policy: { adoption: { ids: ["*/net/other-*"] } } });
  await world().createClass("closed", {
    policy: { adoption: { ids: ["*"], namespaces: { from: "None" } } },
  });
  made = await makeByHand(world(), "wanted");
});

const arnOf = (path: string, region = world().aws.region) =>
  `arn:aws:elasticloadbalancing:${region}:123456789012:loadbalancer/${path}`;

test.each([
  ["aws", "has no spec.policy.adoption"],
  ["narrow", "spec.policy.adoption.ids are"],
  ["closed", "spec.policy.adoption.namespaces leave namespace"],
])("the class %s does not allow it, and says why", async (cls, why) => {
  const { aws, cluster } = world();
  aws.clearCalls();
  const ref = await asked(world(), "web", { cls, annotations: adoptOf(made.arn) });
  const told = await cluster.condition(loadBalancers, ref, "Accepted", "AdoptionNotAllowed");
  expect(told.message).toContain(why);
  await cluster.condition(services, ref, "fairlead.io/Programmed", "AdoptionNotAllowed");
  expect(world().written()).toEqual([]);
  await cluster.remove(services, ref);
  await cluster.gone(services, ref);
});

test.each([
  ["a classic load balancer", () => arnOf("classic-one"), "classic load balancers can't be adopted"],
  ["an Application Load Balancer", () => arnOf("app/web/0a1b2c3d4e5f6071"), "Application Load Balancer"],
  ["a Gateway Load Balancer", () => arnOf("gwy/web/0a1b2c3d4e5f6071"), "Gateway Load Balancer"],
  [
    "one of another region",
    () => arnOf("net/web/0a1b2c3d4e5f6071", "eu-west-1"),
    "but the class is for us-west-2",
  ],
  ["what is no ARN", () => "my-load-balancer", "not the ARN of a load balancer"],
  ["one that is not there", () => arnOf("net/web/0a1b2c3d4e5f6071"), "does not exist"],
])("%s is refused with a reason, and nothing is made in its place", async (_, arn, why) => {
  const { aws, cluster } = world();
  aws.clearCalls();
  const ref = await asked(world(), "web", { cls: "adopting", annotations: adoptOf(arn()) });
  const told = await cluster.condition(loadBalancers, ref, "Programmed", "AdoptionRefused");
  expect(told.message).toContain(why);
  expect(
    world()
      .written()
      .filter(({ service }) => service === "elasticloadbalancing"),
  ).toEqual([]);
  await cluster.remove(services, ref);
  await cluster.gone(services, ref);
});

test.each([
  ["another Service", { "service.k8s.aws/stack": "shop/web" }, 'was made for the Service "shop/web"'],
  ["an Ingress", { "ingress.k8s.aws/stack": "shop/web" }, 'was made for an Ingress "shop/web"'],
  ["another cluster of ours", { "fairlead.io/cluster": "0b57" }, "is marked by the cluster 0b57"],
])(
  "what belongs to %s is refused, until it does not any more",
  async (_, tags: Record<string, string>, why) => {
    const { cluster, elb } = world();
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await elb.addTags({ ResourceArns: [made.arn], Tags });
    const ref = await asked(world(), "web", { cls: "adopting", annotations: adoptOf(made.arn) });
    const told = await cluster.condition(loadBalancers, ref, "Programmed", "AdoptionRefused");
    expect(told.message).toContain(why);
    const { tags: there, securityGroups } = await stands(world(), made);
    expect([there["fairlead.io/stack"], securityGroups]).toEqual([undefined, made.securityGroups]);
    await elb.removeTags({ ResourceArns: [made.arn], TagKeys: Object.keys(tags) });
    await cluster.remove(services, ref);
    await cluster.gone(services, ref);
    await stands(world(), made);
  },
);

test("one that would have to be replaced is left alone: the message says what differs, and an edit makes it fit", async () => {
  const { cluster } = world();
  const annotations = { ...adoptOf(made.arn), "fairlead.io/scheme": "external" };
  const ref = await asked(world(), "web", { cls: "adopting", annotations });
  const told = await cluster.condition(loadBalancers, ref, "Programmed", "AdoptionRefused");
  expect(told.message).toContain('scheme is "internal", and has to be "internet-facing"');
  await cluster.edit(services, ref, { metadata: { annotations: { "fairlead.io/scheme": "internal" } } });
  await taken(world(), ref, made);
});

test("a predecessor that takes our mark off again is seen; it is taken over once nobody does so any more", async () => {
  const { cluster } = world();
  const rival = await makeByHand(world(), "contested");
  const ref = await asked(world(), "web", { cls: "adopting", annotations: adoptOf(rival.arn) });
  await taken(world(), ref, rival);
  await takeForeignTagsOff(world(), rival);
  const told = await cluster.condition(loadBalancers, ref, "Degraded", "AdoptionRefused");
  expect(told.message).toContain("stop the controller that served it before");
  const { tags } = await stands(world(), rival);
  expect(Object.keys(tags)).toEqual(["Owner"]);
  expect(await cluster.addresses(ref)).toEqual([rival.dnsName]);

  await eventually(async () => {
    const { conditions = [] } = (await cluster.loadBalancer(ref)).status ?? {};
    expect(conditions.find(({ type }) => type === "Degraded")?.status).not.toBe("True");
  }, "the truce is over");
  await taken(world(), ref, rival);
});

test("the leader of a group brings along what the AWS Load Balancer Controller made for it", async () => {
  const { cluster } = world();
  const namespace = await world().namespace();
  const [first, second] = ["first", "second"].map((name): Ref => ({ namespace, name })) as [Ref, Ref];
  const annotations = { "fairlead.io/group": "front" };
  await world().createService(first, { spec: { loadBalancerClass: "service.k8s.aws/nlb" } });
  const legacy = await makeAsLoadBalancerController(world(), first);
  await cluster.edit(services, first, {
    metadata: { finalizers: null, annotations: { ...annotations, ...adoptOf(legacy.arn) } },
  });
  await world().createClass("successor", {
    aliases: ["service.k8s.aws/nlb"],
    policy: { adoption: { ids: ["*"] } },
  });
  await cluster.served(first, [legacy.dnsName]);
  const spec = { ports: [{ name: "main", port: 443 }] };
  await world().createService(second, { cls: "successor", annotations, spec });
  await cluster.served(second, [legacy.dnsName]);
  await world().applied(second);
  expect((await stands(world(), legacy)).listeners.map(({ port }) => port)).toEqual([80, 443]);
});

test.each([
  ["after", "AddTags"],
  ["after", "SetSecurityGroups"],
  ["before", "DeregisterTargets"],
  ["before", "DeleteListener"],
] as const)(
  "an operator that is killed %s %s in taking over has a successor that ends it",
  async (when, operation) => {
    const { network } = world();
    const hand = await makeByHand(world(), `killed-${operation.toLowerCase()}`.slice(0, 24));
    const death = world().dieAt(operation, when);
    const ref = await asked(world(), "web", { cls: "adopting", annotations: adoptOf(hand.arn) });
    await death.succession();
    const lb = await taken(world(), ref, hand);
    expect(lb.listeners.map(({ port }) => port)).toEqual([80]);
    expect(lb.listeners[0]?.group.arn).toBe(hand.targetGroups[0]);
    const { TargetGroups = [] } = await world().elb.describeTargetGroups({});
    expect(TargetGroups.map(({ TargetGroupArn }) => TargetGroupArn)).not.toContain(hand.targetGroups[1]);
    expect(lb.listeners[0]?.group.targets).toHaveLength(network.nodes.length);
  },
);
