/** What AWS refuses, loses or does not answer: who is hurt by it, what they are told, and how it ends. */
import { beforeAll, expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { loadBalancerClasses } from "../../../src/api/load-balancer-class.ts";
import { eventually } from "../support/installation.ts";
import type { Inventory } from "./cloud.ts";
import { asked, type Ref, seen, served } from "./served.ts";
import { awsWorld } from "./support.ts";

/** What is tried again after ten minutes is so after little more than a second. */
const world = awsWorld({ hurry: 500 });
/** Served all the time, whatever happens to others. */
let works: Ref;
beforeAll(async () => {
  works = await served(world(), "works");
});

const http = { name: "http", port: 80 };

async function removeAll(...refs: readonly Ref[]): Promise<void> {
  for (const ref of refs) await world().cluster.remove(services, ref);
  for (const ref of refs) await world().cluster.gone(services, ref);
}

function expectInventory(wanted: Inventory): Promise<void> {
  return eventually(async () => expect(await world().inventory()).toEqual(wanted), "nothing else is left");
}

test("a quota that is used up is told, holds up nobody else, and when it is raised the Service is served", async () => {
  const { aws, cluster } = world();
  const before = await world().inventory();
  aws.behave({ limits: { loadBalancers: before.loadBalancers.length } });
  const waiting = await asked(world(), "waiting");
  const leaving = await asked(world(), "leaving");
  for (const ref of [waiting, leaving]) {
    const told = await cluster.condition(loadBalancers, ref, "Programmed", "QuotaExceeded");
    expect(told.message).toContain("TooManyLoadBalancers");
  }
  await cluster.edit(services, works, { spec: { ports: [http, { name: "more", port: 81 }] } });
  await eventually(
    async () => expect((await seen(world(), works)).listeners).toHaveLength(2),
    "another Service is changed meanwhile",
  );
  // What was begun for one that was never served goes with it.
  await removeAll(leaving);
  aws.behave({ limits: { loadBalancers: 50 } });
  await world().served(waiting);
  await removeAll(waiting);
  await cluster.edit(services, works, { spec: { ports: [http] } });
  await expectInventory(before);
});

test.each([
  [
    "CreateLoadBalancer",
    "elasticloadbalancing",
    { code: "AccessDenied", status: 403, message: "User is not authorized to perform this" },
  ],
  [
    "CreateSecurityGroup",
    "ec2",
    {
      code: "UnauthorizedOperation",
      status: 403,
      message: `You are not authorized. Encoded authorization failure message: ${"x".repeat(2000)}`,
    },
  ],
] as const)(
  "a role that lacks %s is told what to allow, and once it may, the Service is served unasked",
  async (operation, service, refusal) => {
    const { aws, cluster } = world();
    const heal = aws.fault({ operation, when: "before", do: refusal });
    const ref = await asked(world(), "forbidden");
    const told = await cluster.condition(loadBalancers, ref, "Programmed", "PermissionDenied");
    expect(told.message).toContain(`to allow ${service}:${operation}`);
    expect(told.message).not.toContain("xxxx");
    await eventually(
      async () => expect(await cluster.events(ref)).toContainEqual(expect.stringContaining(operation)),
      "an Event tells of it",
    );
    heal();
    await world().served(ref);
    await removeAll(ref);
  },
);

test("whatever answer is lost, nothing is made twice and nothing is left", async () => {
  const { aws, cluster } = world();
  const before = await world().inventory();
  const lose = (operation: string) => aws.fault({ operation, when: "after", times: 1, do: "cut" });
  for (const part of ["SecurityGroup", "TargetGroup", "LoadBalancer", "Listener"]) lose(`Create${part}`);
  for (const rest of ["AuthorizeSecurityGroupIngress", "RegisterTargets"]) lose(rest);
  const ref = await served(world(), "lost");
  const lost = () => aws.calls.filter(({ faulted }) => faulted === true).map(({ operation }) => operation);
  expect(lost()).toEqual(expect.arrayContaining(["CreateLoadBalancer", "RegisterTargets"]));
  const after = await world().inventory();
  expect(after.loadBalancers).toHaveLength(before.loadBalancers.length + 1);
  expect(after.targetGroups).toHaveLength(before.targetGroups.length + 1);
  expect(after.securityGroups).toHaveLength(before.securityGroups.length + 1);
  expect((await seen(world(), ref)).listeners).toMatchObject([{ port: 80, group: { protocol: "TCP" } }]);

  for (const part of ["Listener", "TargetGroup", "LoadBalancer", "SecurityGroup"]) lose(`Delete${part}`);
  lose("RevokeSecurityGroupIngress");
  await cluster.remove(services, ref);
  await cluster.gone(services, ref);
  expect(lost()).toContain("DeleteLoadBalancer");
  await expectInventory(before);
  expect(await world().rules(world().network.nodeSecurityGroup)).toHaveLength(1);
});

test("answers that are no answers of AWS pass", async () => {
  const { aws } = world();
  for (const operation of ["DescribeLoadBalancers", "CreateTargetGroup", "CreateListener"])
    aws.fault({ operation, when: "before", times: 2, do: "503" });
  await removeAll(await served(world(), "muddled"));
});

/** Addresses and whether it works. */
async function statusOf(ref: Ref): Promise<unknown> {
  const { status } = await world().cluster.service(ref);
  return [status?.loadBalancer, status?.conditions?.find(({ type }) => type.endsWith("Programmed"))];
}

test("while AWS is out of reach, also for a new process, what works keeps its status and what does not is told why", async () => {
  const { aws, cluster } = world();
  const before = await statusOf(works);
  const edited = await served(world(), "edited");
  const hostname = await world().served(edited);
  const heal = aws.fault({ operation: /./, when: "before", do: "cut" });
  await cluster.edit(services, edited, { spec: { ports: [http, { name: "more", port: 81 }] } });
  const first = await asked(world(), "first");
  await cluster.condition(loadBalancers, first, "Programmed", "Retrying");
  await cluster.condition(loadBalancers, edited, "Degraded", "Retrying");

  await world().restart();
  const second = await asked(world(), "second");
  const told = await cluster.condition(loadBalancers, second, "Programmed", "Retrying");
  expect(told.message).toMatch(/^Describe\w+ for region us-west-2 failed: TimeoutError: /);
  // That nobody looks after it is told, and nothing else.
  await cluster.condition(loadBalancers, works, "Degraded", "Retrying");
  expect(await statusOf(works)).toEqual(before);
  expect(await cluster.addresses(edited)).toEqual([hostname]);

  heal();
  await world().served(first);
  await world().served(second);
  await eventually(
    async () => expect((await seen(world(), edited)).listeners).toHaveLength(2),
    "the edit is applied",
  );
  for (const ref of [edited, works]) await cluster.condition(loadBalancers, ref, "Degraded", "AsExpected");
  await removeAll(first, second, edited);
});

test("classes with wrong settings hurt their own Services only, and those are told", async () => {
  const { cluster } = world();
  await world().createClass("misspelt", { settings: { nodeSecurityGroupRuleLimits: 40 } });
  await world().createClass("elsewhere", { settings: { vpc: "vpc-0123456789abcdef0" } });
  await world().createClass("nowhere", {
    settings: { endpoints: { elbv2: "http://127.0.0.1:9", ec2: "http://127.0.0.1:9" } },
  });
  const refused = await cluster.condition(
    loadBalancerClasses,
    { name: "misspelt" },
    "Accepted",
    "InvalidSettings",
  );
  expect(refused.message).toContain("nodeSecurityGroupRuleLimit");
  const misspelt = await asked(world(), "one", { cls: "misspelt" });
  const elsewhere = await asked(world(), "two", { cls: "elsewhere" });
  const nowhere = await asked(world(), "three", { cls: "nowhere" });
  await cluster.condition(loadBalancers, misspelt, "Accepted", "ClassNotAccepted");
  const given = await asked(world(), "given-up", { cls: "misspelt" });
  await cluster.condition(loadBalancers, given, "Accepted", "ClassNotAccepted");
  await removeAll(given);
  const missing = await cluster.condition(loadBalancers, elsewhere, "Programmed", "MissingReference");
  expect(missing.message).toContain("vpc-0123456789abcdef0");
  await cluster.condition(loadBalancers, nowhere, "Programmed", "Retrying");
  const good = await served(world(), "good");
  await cluster.condition(loadBalancers, good, "Degraded", "AsExpected");

  const { spec } = await cluster.client.get(loadBalancerClasses, { name: "misspelt" });
  const settings = { ...spec.settings, nodeSecurityGroupRuleLimits: null, nodeSecurityGroupRuleLimit: 40 };
  await cluster.edit(loadBalancerClasses, { name: "misspelt" }, { spec: { settings } });
  await world().served(misspelt);
  await removeAll(misspelt, elsewhere, good);
});

test.each([
  ["a part of its own", "CreateListener", "InvalidConfigurationRequest"],
  ["a part of what all share", "AuthorizeSecurityGroupIngress", "InvalidParameterValue"],
])(
  "where AWS rejects %s, a member of a group is told so and the others are served",
  async (_what, operation, code) => {
    const { aws, cluster } = world();
    const namespace = await world().namespace();
    const annotations = { "fairlead.io/group": "front" };
    const join = async (name: string, port: number) => {
      const spec = { ports: [{ name: "main", port }] };
      await world().createService({ namespace, name }, { annotations, spec });
      return { namespace, name };
    };
    const message = "Port 8443 is not for you";
    const heal = aws.fault({
      operation,
      match: ({ parameters }) => Object.values(parameters).includes("8443"),
      when: "before",
      do: { code, message },
    });
    const bad = await join("bad", 8443);
    const good = await join("good", 80);
    await world().served(good);
    const told = await cluster.condition(loadBalancers, bad, "Programmed", "RejectedByCloud");
    expect(told.message).toContain(message);
    await cluster.condition(loadBalancers, good, "Degraded", "AsExpected");
    const shared = () => world().balancer(`group aws ${namespace} front`);
    const { arn, listeners } = await shared();
    expect(listeners.map(({ port }) => port)).toEqual([80]);

    await cluster.edit(services, bad, { spec: { ports: [{ name: "main", port: 8080 }] } });
    expect(await world().served(bad)).toBe(await world().served(good));
    expect(await shared()).toMatchObject({ arn, listeners: [{ port: 80 }, { port: 8080 }] });
    heal();
    await removeAll(bad, good);
  },
);

test.each([
  ["another region", { region: "eu-west-1" }],
  ["a misspelt setting", { regoin: "us-west-2" }],
])("a class edited to %s is refused, and its Services change and go as before", async (_what, settings) => {
  const { aws, cluster } = world();
  const before = await world().inventory();
  const name = Object.keys(settings).join().toLowerCase();
  await world().createClass(name);
  const ref = await served(world(), "web", { cls: name });
  const patch = { spec: { settings } };
  await cluster.client.patch(loadBalancerClasses, { name }, patch, { type: "merge" });
  await cluster.condition(loadBalancerClasses, { name }, "Accepted", "InvalidSettings");
  await cluster.edit(services, ref, { spec: { ports: [http, { name: "more", port: 81 }] } });
  await eventually(async () => expect((await seen(world(), ref)).listeners).toHaveLength(2), "it changes");
  // Nobody who was told the region by the class is left to be told it by.
  await world().restart();
  await world().applied(ref);
  aws.clearCalls();
  await removeAll(ref);
  await expectInventory(before);
  // What is signed for another region is refused by this one.
  expect(aws.calls.filter(({ errorCode }) => errorCode === "SignatureDoesNotMatch")).toEqual([]);
});

test("throttled, all are served in the end, and requests come no faster than AWS takes them", async () => {
  const { aws } = world();
  await world().restart({ hurry: 5 });
  aws.behave({ rateLimits: { elasticloadbalancing: { perSecond: 8, burst: 4 } } });
  aws.clearCalls();
  const refs = await Promise.all(Array.from({ length: 12 }, (_, index) => asked(world(), `many-${index}`)));
  for (const ref of refs) await world().served(ref);
  const sent = aws.calls.filter(({ service }) => service === "elasticloadbalancing");
  const throttled = sent.filter(({ errorCode }) => errorCode === "Throttling");
  expect(throttled.length).toBeGreaterThan(0);
  expect(throttled.length).toBeLessThan(sent.length / 3);
});
