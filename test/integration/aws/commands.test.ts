/**
 * The built command against a cluster and the simulated AWS, as people use it: what will be done, what is there, what others changed, what
 * was left behind. Whoever only looks has the role fairlead-inspect in the cluster and the read-only policy in AWS.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { bundle } from "../../../scripts/build/bundle.ts";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { loadBalancerClasses } from "../../../src/api/load-balancer-class.ts";
import type { DriftReport } from "../../../src/cli/drift/report.ts";
import type { OrphansReport } from "../../../src/cli/orphans/report.ts";
import type { PlanReport } from "../../../src/cli/plan/report.ts";
import type { StatusReport } from "../../../src/cli/status/run.ts";
import type { KubeClient, ObjectRef } from "../../../src/runtime/kube/client.ts";
import type { Identity } from "../../../src/testing/control-plane/access.ts";
import { breakGlassClient } from "../support/cluster.ts";
import { type Answer, type Commands, commandsOf } from "../support/command.ts";
import { eventually } from "../support/installation.ts";
import type { Inventory } from "./cloud.ts";
import { awsWorld } from "./support.ts";

const world = awsWorld();
const looker: Identity = { user: "looker" };
let folder: string;
let commands: Commands;
let breakGlass: KubeClient;
let namespace: string;
let before: Inventory;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairlead-built-"));
  await bundle({ outdir: folder });
  const { aws, controlPlane } = world();
  // Nothing here is about how long AWS holds on to security groups.
  aws.behave({ deletionHoldTimes: 0 });
  commands = await commandsOf(controlPlane);
  breakGlass = await breakGlassClient(controlPlane);
  const bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
  await controlPlane.call("POST", bindings, {
    metadata: { name: "looker" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "fairlead-inspect" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "looker" }],
  });
  namespace = await world().namespace();
  before = await world().inventory();
}, 300_000);
afterAll(async () => {
  await commands?.end();
  breakGlass?.close();
  await rm(folder, { recursive: true, force: true });
});

/** As somebody who may only look. */
function look(...args: string[]): Promise<Answer> {
  return run(args, looker, { AWS_ACCESS_KEY_ID: "reader" });
}

function run(args: readonly string[], as?: Identity, env: Record<string, string> = {}): Promise<Answer> {
  return commands.run(args, as, { program: join(folder, "fairlead.js"), env });
}

function dataOf<T>({ stdout, stderr }: Answer): T {
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

/** As after a disaster: no operator, and the objects torn out. */
async function tearOut(ref: ObjectRef): Promise<void> {
  const { cluster } = world();
  const noFinalizers = { metadata: { finalizers: null } };
  await cluster.edit(services, ref, noFinalizers);
  await cluster.remove(services, ref);
  await breakGlass.patch(loadBalancers, ref, noFinalizers, { type: "merge" });
  try {
    await breakGlass.delete(loadBalancers, ref);
  } catch {
    // The control plane's garbage collector may have been there before.
  }
  await cluster.gone(loadBalancers, ref);
}

test("plan tells before what will be done, and writes nothing; afterwards there is nothing to do, and status tells where it is", async () => {
  const { aws, operator } = world();
  await operator().stop();
  // The older first, as they are listed: also where they are a second apart.
  for (const name of ["orders", "web"]) await world().createService({ namespace, name });
  aws.clearCalls();

  const plan = ["plan", "--from-cluster", "--online"];
  const planned = dataOf<PlanReport>(await look(...plan, "-o", "json"));
  expect(planned.loadBalancers.map(({ name, change }) => [name, change])).toEqual([
    ["orders", "create"],
    ["web", "create"],
  ]);
  const text = (await look(...plan)).stdout;
  expect(text).toContain("+ create load-balancer: serves");
  expect(text).toContain("scheme: internal");
  expect(world().written()).toEqual([]);

  await world().restart();
  for (const name of ["web", "orders"]) await world().applied({ namespace, name });
  const made = (await world().applied({ namespace, name: "web" })).status?.resources?.map(({ kind }) => kind);
  const [stack] = planned.stacks.filter((each) => each.stack === `${namespace}/web`);
  const kinds = stack?.result.ok ? stack.result.plan.operations.map(({ kind }) => kind) : [];
  expect(kinds.toSorted()).toEqual(made?.toSorted());

  const after = await look(...plan);
  expect(after.code).toBe(0);
  expect(after.stdout).not.toMatch(/^[+~-]/m);
  expect(after.stdout).toContain("Nothing to do for 3 stacks.");

  const address = await world().served({ namespace, name: "web" });
  expect(address).toBe((await world().balancer(`${namespace}/web`)).dnsName);
  const status = dataOf<StatusReport>(await look("status", "-o", "json"));
  const [web] = status.loadBalancers.filter(({ name }) => name === "web");
  expect(web).toMatchObject({ state: "Ready", addresses: [address] });
});

test("drift tells what was changed by hand, field by field, and whether status has it already", async () => {
  const { cluster, elb } = world();
  await world().createClass("reporting", { policy: { drift: "Report" } });
  const ref = { namespace, name: "watched" };
  await world().createService(ref, { cls: "reporting" });
  await world().applied(ref);
  expect(await look("drift")).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing differs") });

  const { arn } = await world().balancer(`${namespace}/watched`);
  const change = { Key: "load_balancing.cross_zone.enabled", Value: "true" };
  await elb.modifyLoadBalancerAttributes({ LoadBalancerArn: arn, Attributes: [change] });
  const early = await look("drift", `${namespace}/watched`, "-o", "json");
  expect(early.code).toBe(2);
  const { drifted, compared } = dataOf<DriftReport>(early);
  expect(drifted).toMatchObject([
    {
      stack: `${namespace}/watched`,
      repaired: false,
      fields: [
        {
          kind: "load-balancer",
          id: arn,
          field: "attributes",
          loadBalancers: [`${namespace}/watched`],
          recorded: false,
        },
      ],
    },
  ]);
  // Its own, and the network that it shares.
  expect(compared).toBe(2);
  const { code, stdout } = await look("drift", `${namespace}/orders`);
  expect([code, stdout.includes("nothing differs")]).toEqual([0, true]);

  await world().restart({ verifyPeriodMs: 60_000 });
  await cluster.condition(loadBalancers, ref, "Degraded", "Drifted");
  const late = await look("drift", "watched", "-n", namespace);
  expect(late.stdout).toContain(
    "attributes: load_balancing.cross_zone.enabled: false → true  (told in status)",
  );
  expect((await world().attributes(arn))[change.Key]).toBe("true");
});

test("who may not look is told what is missing, in the cluster or in AWS", async () => {
  for (const command of [["drift"], ["orphans"], ["plan", "--from-cluster", "--online"]]) {
    const denied = await run(command, { user: "nobody" });
    expect([denied.code, denied.stdout]).toEqual([1, ""]);
    expect(denied.stderr).toMatch(/fairlead-(?:inspect|view) of deploy\/rbac\.yaml/);
  }
  for (const command of ["drift", "orphans"]) {
    const { code, stderr } = await run([command], looker, {
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_EC2_METADATA_DISABLED: "true",
    });
    expect(code).toBe(1);
    expect(stderr).toContain("Could not load credentials");
    expect(stderr).not.toMatch(/^ {4}at /m);
  }
  const misspelt = await look("drift", `${namespace}/watchd`);
  expect(misspelt).toMatchObject({ code: 1, stderr: expect.stringContaining("did you mean") });
});

test("orphans looks where it can, though the cloud of one class does not answer and a Service is refused", async () => {
  const { cluster } = world();
  await world().createClass("silent", {
    settings: { endpoints: { elbv2: "http://127.0.0.1:9", ec2: "http://127.0.0.1:9" } },
  });
  const refused = { namespace, name: "refused" };
  await world().createService(refused, { annotations: { "fairlead.io/scheme": "sideways" } });
  await cluster.condition(services, refused, "fairlead.io/Programmed", "InvalidAnnotation");
  const all = await look("orphans");
  expect(all.code).toBe(2);
  expect(all.stdout).toMatch(
    /^Classes that could not be looked at:\n {2}silent: .*\n\nThere are no orphans where it could be looked\.\n$/,
  );
  expect(await look("orphans", "--class", "aws")).toMatchObject({
    code: 0,
    stdout: "There are no orphans.\n",
  });
  expect(await look("orphans", "--class", "silent")).toMatchObject({ code: 1, stdout: "" });
  await cluster.remove(services, refused);
  await cluster.gone(services, refused);
  await cluster.remove(loadBalancerClasses, { name: "silent" });
  await cluster.gone(loadBalancerClasses, { name: "silent" });
});

test("orphans tells what was torn out of the cluster, and deletes it on request: nothing of others, users before what they use", async () => {
  const { aws, operator, ec2, network } = world();
  expect(await look("orphans")).toMatchObject({ code: 0, stdout: "There are no orphans.\n" });
  await operator().stop();
  const [web, orders] = await Promise.all(
    ["web", "orders"].map((name) => world().balancer(`${namespace}/${name}`)),
  );
  // Of another cluster, for the same stack.
  const { GroupId: foreign } = await ec2.createSecurityGroup({
    GroupName: "foreign",
    Description: "of another cluster",
    VpcId: network.vpc,
    TagSpecifications: [
      {
        ResourceType: "security-group",
        Tags: [
          { Key: "fairlead.io/cluster", Value: "00000000-1111-2222-3333-444444444444" },
          { Key: "fairlead.io/stack", Value: `${namespace}/web` },
          { Key: "fairlead.io/resource", Value: "security-group/internal" },
        ],
      },
    ],
  });
  await tearOut({ namespace, name: "web" });

  aws.clearCalls();
  const listed = await look("orphans", "-o", "json");
  expect(listed.code).toBe(2);
  const { orphans, inDoubt, notLookedAt } = dataOf<OrphansReport>(listed);
  expect([inDoubt, notLookedAt]).toEqual([[], []]);
  const [only] = orphans;
  expect(orphans).toHaveLength(1);
  expect(only).toMatchObject({ className: "aws", stack: `${namespace}/web`, shared: false, retained: false });
  const kinds = only?.resources.map(({ kind }) => kind);
  expect(kinds?.toSorted()).toEqual([
    "listener",
    "load-balancer",
    "security-group",
    "target-group",
    "targets",
  ]);
  const balancer = only?.resources.find(({ kind }) => kind === "load-balancer");
  expect(Date.parse(balancer?.createdAt ?? "")).toBeLessThanOrEqual(Date.now());

  expect((await look("orphans", "--delete")).stdout).toContain(
    "Nothing was deleted. With --yes, 5 resources",
  );
  expect(world().written()).toEqual([]);
  const refused = await look("orphans", "--delete", "--yes");
  expect(refused.code).toBe(2);
  expect(refused.stdout).toMatch(/failed listener .*elasticloadbalancing:DeleteListener/);
  expect(await world().balancers(`${namespace}/web`)).toHaveLength(1);

  aws.clearCalls();
  const done = await run(["orphans", "--delete", "--yes"]);
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining("5 resources deleted.") });
  expect(await world().balancers(`${namespace}/web`)).toEqual([]);
  const order = world()
    .written()
    .map(({ operation }) => operation);
  const place = (operation: string) => order.indexOf(operation);
  expect(place("DeleteListener")).toBeLessThan(place("DeleteTargetGroup"));
  expect(place("DeleteLoadBalancer")).toBeLessThan(place("DeleteSecurityGroup"));
  expect(await look("orphans")).toMatchObject({ code: 0 });

  // What is in use, and what is of others, is as it was.
  expect(await world().balancer(`${namespace}/orders`)).toEqual(orders);
  expect((await world().inventory()).securityGroups).toContain("foreign");
  expect(await world().rules(network.nodeSecurityGroup)).not.toEqual([]);
  expect(web?.backendGroup).toBe(orders?.backendGroup);
  await ec2.deleteSecurityGroup({ GroupId: foreign });
});

test("what a class retains is told as such and deleted only where that is said; what was shared goes with its last user", async () => {
  const { cluster, operator, network } = world();
  await world().restart();
  await world().createClass("retaining", { policy: { deletion: "Retain" } });
  const kept = { namespace, name: "kept" };
  await world().createService(kept, { cls: "retaining" });
  await world().applied(kept);
  await cluster.remove(services, kept);
  await cluster.gone(services, kept);
  await operator().stop();
  for (const name of ["orders", "watched"]) await tearOut({ namespace, name });

  const found = dataOf<OrphansReport>(await look("orphans", "-o", "json"));
  const flagged = found.orphans.map(({ stack, shared, retained }) => [shared ? "shared" : stack, retained]);
  expect(flagged).toEqual(expect.arrayContaining([[`${namespace}/kept`, true]]));
  // A class that retains reaches the same network, and the marks do not say whose they were.
  expect(flagged.every(([, retained]) => retained)).toBe(true);
  expect((await run(["orphans", "--delete", "--yes"])).stdout).toContain("Nothing of it would be deleted");
  expect((await world().inventory()).loadBalancers).toHaveLength(3);

  const all = await run(["orphans", "--delete", "--yes", "--retained", "-o", "json"]);
  expect(all.code).toBe(0);
  const { deletion } = dataOf<OrphansReport>(all);
  expect(deletion?.stacks.at(-1)?.stack).toMatch(/^network /);
  await eventually(async () => expect(await world().inventory()).toEqual(before), "nothing is left");
  expect(await world().rules(network.nodeSecurityGroup)).toEqual([]);
});
