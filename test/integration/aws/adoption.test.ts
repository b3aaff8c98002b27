/** Load balancers that others made are taken over as they stand: each test is the procedure that docs/adoption.md describes. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { eventually } from "../support/installation.ts";
import {
  type Made,
  makeAsCloudController,
  makeAsLoadBalancerController,
  makeByHand,
  stands,
  taken,
} from "./predecessors.ts";
import { asked } from "./served.ts";
import { awsWorld, LBC } from "./support.ts";
import { addressesWhile } from "./watching.ts";

const world = awsWorld();
const policy = { adoption: { ids: ["arn:aws:elasticloadbalancing:*:loadbalancer/net/*"] } };
const adopting = (made: Pick<Made, "arn">) => ({ "fairlead.io/adopt": made.arn });
beforeAll(async () => {
  await world().createClass("adopting", { policy });
  // In place of the predecessors' own classes, once those are stopped.
  await world().createClass("successor", { policy, aliases: ["service.k8s.aws/nlb"] });
  await world().createClass("heir", { policy, settings: { claimTypes: ["nlb", "external"] } });
});

const http = { name: "http", port: 80 };

function operations(): string[] {
  return world()
    .written()
    .map(({ operation }) => operation);
}

const destructive = [
  "CreateLoadBalancer",
  "DeleteLoadBalancer",
  "CreateListener",
  "DeleteListener",
  "CreateTargetGroup",
  "DeleteTargetGroup",
  "DeregisterTargets",
  "DeleteSecurityGroup",
];

test("one made by hand is taken over with its name and address; targets come before others go, and what was set by hand stays", async () => {
  const { aws, cluster, network } = world();
  const made = await makeByHand(world(), "by-hand");
  aws.clearCalls();
  const ref = await asked(world(), "web", { cls: "adopting", annotations: adopting(made) });
  const lb = await taken(world(), ref, made);
  const [port] = (await cluster.service(ref)).spec.ports ?? [];
  const targets = network.nodes.map(({ instance }) => `${instance}:${port?.nodePort}`).sort();
  expect(lb.listeners).toMatchObject([{ port: 80, group: { arn: made.targetGroups[0], targets } }]);
  expect(lb.securityGroups).toEqual(expect.arrayContaining([lb.frontGroup, lb.backendGroup]));
  expect(lb.securityGroups).not.toContain(made.securityGroups[0]);
  expect(lb.tags.Owner).toBe("somebody");
  expect(await world().attributes(made.arn)).toMatchObject({
    "deletion_protection.enabled": "true",
    "load_balancing.cross_zone.enabled": "true",
  });

  const order = operations();
  expect(order).not.toEqual(expect.arrayContaining(["CreateLoadBalancer"]));
  expect(order).not.toEqual(expect.arrayContaining(["CreateListener"]));
  expect(order.indexOf("RegisterTargets")).toBeLessThan(order.indexOf("DeregisterTargets"));
  const opened = world()
    .written()
    .findIndex(({ parameters }) => parameters.GroupId === network.nodeSecurityGroup);
  expect(opened).toBeLessThan(order.indexOf("RegisterTargets"));
  expect(opened).toBeLessThan(order.indexOf("SetSecurityGroups"));

  // Whoever protected it has to say himself that it may go.
  await cluster.remove(services, ref);
  const told = await eventually(async () => {
    const { conditions = [] } = (await cluster.loadBalancer(ref)).status ?? {};
    const found = conditions.find(({ type }) => type === "Degraded");
    expect(found?.message).toContain("can't be deleted yet");
    return found?.message;
  }, "it says why it stays");
  expect(told).toContain("protect");
  await stands(world(), made);
  await world().elb.modifyLoadBalancerAttributes({
    LoadBalancerArn: made.arn,
    Attributes: [{ Key: "deletion_protection.enabled", Value: "false" }],
  });
  await cluster.gone(services, ref);
  expect(await world().balancers(`${ref.namespace}/${ref.name}`)).toEqual([]);
});

test("one of the AWS Load Balancer Controller: annotate, stop the controller, add the class, take its finalizer off", async () => {
  const { aws, cluster } = world();
  const spec = { loadBalancerClass: "service.k8s.aws/nlb" };
  const ref = { namespace: await world().namespace(), name: "legacy" };
  // The class is there in this test from the beginning, so the Service comes with the annotation.
  await world().createService(ref, { spec, annotations: { "fairlead.io/adopt": "arn:to-be-named" } });
  const made = await makeAsLoadBalancerController(world(), ref);
  aws.clearCalls();
  const hostnames = await addressesWhile(world(), ref, async () => {
    await cluster.edit(services, ref, { metadata: { annotations: adopting(made) } });
    const held = await eventually(async () => {
      const lb = await cluster.loadBalancer(ref);
      expect(lb.spec.adopt).toBe(made.arn);
      const found = lb.status?.conditions?.find(({ type }) => type === "Programmed");
      expect(found?.reason).toBe("AdoptionRefused");
      expect(found?.message).toContain("service.k8s.aws/resources");
      return found?.message ?? "";
    }, "it is refused while its maker is alive");
    expect(held).toContain("stop that controller, then take the finalizer off the Service");
    expect(operations()).toEqual([]);
    const { finalizers = [] } = (await cluster.service(ref)).metadata;
    await cluster.edit(services, ref, {
      metadata: { finalizers: finalizers.filter((name) => name !== "service.k8s.aws/resources") },
    });
    await taken(world(), ref, made);
  });
  expect(hostnames).toEqual([made.dnsName]);
  for (const operation of destructive) expect(operations()).not.toContain(operation);
  const lb = await stands(world(), made);
  expect(lb.listeners.map(({ group }) => group.arn)).toEqual(made.targetGroups);
  expect(lb.securityGroups).not.toEqual(expect.arrayContaining([made.securityGroups[0]]));

  // The annotation has done its work.
  await cluster.edit(services, ref, { metadata: { annotations: { "fairlead.io/adopt": null } } });
  await eventually(
    async () => expect((await cluster.loadBalancer(ref)).spec.adopt).toBeUndefined(),
    "the annotation is gone",
  );
  await taken(world(), ref, made);
  await cluster.remove(services, ref);
  await cluster.gone(services, ref);
  await expect(stands(world(), made)).rejects.toMatchObject({ name: "LoadBalancerNotFoundException" });
});

test.each([
  ["stopped", "nlb"],
  ["told to leave the Service alone", "external"],
])("one of the cloud controller, which is %s: annotate, take its finalizer off", async (_, type) => {
  const { aws, cluster } = world();
  const ref = { namespace: await world().namespace(), name: "legacy" };
  // Until it is claimed, its finalizer holds us off.
  await world().createService(ref, {
    annotations: { [`${LBC}-type`]: "nlb" },
    finalizers: ["service.kubernetes.io/load-balancer-cleanup"],
    spec: { loadBalancerClass: undefined },
  });
  const made = await makeAsCloudController(world(), ref);
  aws.clearCalls();
  const hostnames = await addressesWhile(world(), ref, async () => {
    await cluster.edit(services, ref, {
      metadata: {
        annotations: {
          ...adopting(made),
          [`${LBC}-type`]: type,
          "fairlead.io/scheme": "external",
          [`${LBC}-disable-nlb-sg`]: "true",
        },
      },
    });
    expect((await cluster.client.list(loadBalancers, { namespace: ref.namespace })).items).toEqual([]);
    await cluster.edit(services, ref, { metadata: { finalizers: null } });
    await taken(world(), ref, made);
  });
  expect(hostnames).toEqual([made.dnsName]);
  for (const operation of destructive) expect(operations()).not.toContain(operation);
  const lb = await stands(world(), made);
  expect(lb.listeners.map(({ group }) => group.arn)).toEqual(made.targetGroups);
  expect(lb.securityGroups).toEqual([]);
  await cluster.remove(services, ref);
  await cluster.gone(services, ref);
  await expect(stands(world(), made)).rejects.toMatchObject({ name: "LoadBalancerNotFoundException" });
});

describe.each(["Delete", "Retain"] as const)("with deletion: %s, what is in production stays", (deletion) => {
  beforeAll(() =>
    world().createClass(`adopting-${deletion.toLowerCase()}`, { policy: { ...policy, deletion } }),
  );

  test.each([
    ["what one more port needs", "CreateTargetGroup", "ValidationError", {}],
    [
      "what the load balancer is to have",
      "ModifyLoadBalancerAttributes",
      "InvalidConfigurationRequest",
      {
        [`${LBC}-attributes`]: "access_logs.s3.enabled=true,access_logs.s3.bucket=closed",
      },
    ],
  ])("though AWS rejects %s, and an edit ends it", async (_what, operation, code, wishes) => {
    const { aws, cluster, network } = world();
    const made = await makeByHand(world(), `p-${deletion}-${operation}`.toLowerCase().slice(0, 20));
    const before = await stands(world(), made);
    const message = "AWS does not like it";
    const heal = aws.fault({ operation, when: "before", do: { code, message } });
    aws.clearCalls();
    const ref = await asked(world(), "web", {
      cls: `adopting-${deletion.toLowerCase()}`,
      annotations: { ...adopting(made), ...wishes },
      spec: { ports: [http, { name: "https", port: 443 }] },
    });
    await eventually(async () => {
      const { conditions = [] } = (await cluster.loadBalancer(ref)).status ?? {};
      const told = conditions.find(({ reason }) => reason === "RejectedByCloud");
      expect(told?.message).toContain(message);
    }, "it is told");
    heal();
    for (const taking of destructive.filter((each) => each.startsWith("Delete")))
      expect(operations()).not.toContain(taking);
    const { listeners } = await stands(world(), made);
    const [production] = before.listeners;
    expect(listeners).toContainEqual({
      ...production,
      group: expect.objectContaining({ arn: production?.group.arn }),
    });
    expect(listeners[0]?.group.targets.length).toBeGreaterThanOrEqual(network.nodes.length);

    await cluster.edit(services, ref, { spec: { ports: [http, { name: "https", port: 8443 }] } });
    const lb = await taken(world(), ref, made);
    expect(lb.listeners.map(({ port }) => port)).toEqual([80, 8443]);
    expect(lb.listeners[0]?.group.arn).toBe(made.targetGroups[0]);
  });
});
