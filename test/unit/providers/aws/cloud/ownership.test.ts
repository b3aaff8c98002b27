import { EC2 } from "@aws-sdk/client-ec2";
import { ElasticLoadBalancingV2 } from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect, test } from "@jest/globals";
import { isCloudError } from "../../../../../src/core/plan/cloud-error.ts";
import type { ObservedResource } from "../../../../../src/core/plan/types.ts";
import { markKeys } from "../../../../../src/providers/aws/model/marks.ts";
import { clientSettings } from "../../../../simulators/aws/network.ts";
import { type Arranged, arranged, errorsOf, requireDone } from "./arranged.ts";

const at = arranged();
const { signal } = new AbortController();

/** A load balancer that somebody made by hand, with what a Service on port 80 needs. */
async function madeByHand({ aws, network }: Arranged, tags: Record<string, string> = {}, Name = "by-hand") {
  const elb = new ElasticLoadBalancingV2(clientSettings(aws));
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const tagged = Tags.length === 0 ? {} : { Tags };
  const made = await elb.createLoadBalancer({
    Name,
    Type: "network",
    Scheme: "internal",
    Subnets: network.internalSubnets.map(({ id }) => id),
    SecurityGroups: [network.nodeSecurityGroup],
    ...tagged,
  });
  const LoadBalancerArn = made.LoadBalancers?.[0]?.LoadBalancerArn ?? "";
  const group = await elb.createTargetGroup({
    Name,
    Protocol: "TCP",
    Port: 30080,
    VpcId: network.vpc,
    ...tagged,
  });
  const TargetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn ?? "";
  const listener = await elb.createListener({
    LoadBalancerArn,
    Port: 80,
    Protocol: "TCP",
    DefaultActions: [{ Type: "forward", TargetGroupArn }],
    ...tagged,
  });
  return { elb, LoadBalancerArn, TargetGroupArn, ListenerArn: listener.Listeners?.[0]?.ListenerArn ?? "" };
}

const kindsOf = (resources: readonly ObservedResource[]): string[] => resources.map(({ id }) => id).sort();

test("what others have is neither found nor read again and again", async () => {
  const here = at();
  const { aws, calls, observe, stack } = here;
  await madeByHand(here, { owner: "somebody" });
  await madeByHand(here, { [markKeys.cluster]: "another", [markKeys.stack]: "shop/web" }, "another");
  expect(await observe(stack())).toEqual([]);
  aws.clearCalls();
  expect(await observe(stack())).toEqual([]);
  expect(calls().DescribeTags).toBeUndefined();
});

test("a name that somebody else has is not taken from him", async () => {
  const here = at();
  const byHand = await madeByHand(here, { owner: "somebody" }, "web");
  const { execution } = await here.apply(here.stack({ settings: { name: "web" } }));
  const [error] = errorsOf(execution);
  expect(isCloudError(error) && error.class).toBe("invalid");
  expect(String(error)).toContain(byHand.LoadBalancerArn);
});

test("a port that somebody else listens on is not taken from him", async () => {
  const here = at();
  const { observe, settle, stack, aws } = here;
  const port = { name: "a", port: 81, protocol: "TCP", nodePort: 30081, targetPort: 8080 } as const;
  await settle(stack({ spec: { ports: [port] } }));
  const LoadBalancerArn = (await observe(stack())).find(({ id }) => id === "load-balancer")?.cloudId;
  const elb = new ElasticLoadBalancingV2(clientSettings(aws));
  const group = await elb.createTargetGroup({
    Name: "his",
    Protocol: "TCP",
    Port: 90,
    VpcId: here.network.vpc,
  });
  const TargetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn;
  const DefaultActions = [{ Type: "forward" as const, TargetGroupArn }];
  const his = await elb.createListener({ LoadBalancerArn, Port: 80, Protocol: "TCP", DefaultActions });
  const { planned } = await here.apply(stack({ spec: { ports: [port, { ...port, name: "b", port: 80 }] } }));
  expect(planned.refused.map(({ cloudId }) => cloudId)).toEqual([his.Listeners?.[0]?.ListenerArn]);
});

test("what was made by hand is taken over as it stands, and nothing of it is made anew", async () => {
  const here = at();
  const byHand = await madeByHand(here, { team: "network" });
  const settings = { securityGroups: [here.network.nodeSecurityGroup] };
  const web = here.stack({ settings, spec: { adopt: byHand.LoadBalancerArn } });
  here.aws.clearCalls();
  await here.settle(web);
  const created = here.aws.calls.filter(
    ({ operation, service }) => operation.startsWith("Create") && service !== "ec2",
  );
  expect(created).toEqual([]);
  const there = await here.observe(web);
  expect(kindsOf(there)).toEqual(["listener/80", "load-balancer", "target-group/80", "targets/80"]);
  expect(there.map(({ ours }) => ours)).toEqual([true, true, true, true]);
  expect(there.map(({ cloudId }) => cloudId)).toEqual(
    expect.arrayContaining([byHand.LoadBalancerArn, byHand.TargetGroupArn, byHand.ListenerArn]),
  );
  expect(there.find(({ id }) => id === "load-balancer")?.fields.tags).toMatchObject({ team: "network" });
  expect((await here.planned(web)).operations).toEqual([]);
});

test("an interrupted take-over is finished, and what somebody adds after it stays his", async () => {
  const here = at();
  const byHand = await madeByHand(here);
  const settings = { securityGroups: [here.network.nodeSecurityGroup] };
  const web = here.stack({ settings, spec: { adopt: byHand.LoadBalancerArn } });
  // The load balancer is marked; then nothing more is written.
  const lift = here.aws.fault({ operation: "AddTags", when: "before", skip: 1, do: "503" });
  await here.apply(web);
  lift();
  await here.settle(web);
  expect((await here.observe(web)).find(({ id }) => id === "listener/80")).toMatchObject({
    cloudId: byHand.ListenerArn,
    ours: true,
  });
  const group = await byHand.elb.createTargetGroup({
    Name: "his",
    Protocol: "TCP",
    Port: 90,
    VpcId: here.network.vpc,
  });
  const TargetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn;
  const DefaultActions = [{ Type: "forward" as const, TargetGroupArn }];
  const { LoadBalancerArn } = byHand;
  await byHand.elb.createListener({ LoadBalancerArn, Port: 90, Protocol: "TCP", DefaultActions });
  expect((await here.planned(web)).operations).toEqual([]);
});

test.each([
  [
    "another cluster of ours",
    { [markKeys.cluster]: "another", [markKeys.stack]: "shop/web" },
    "cluster another",
  ],
  ["another Service", { "service.k8s.aws/stack": "shop/other", "elbv2.k8s.aws/cluster": "c" }, "shop/other"],
  ["another Service, by the cloud controller", { "kubernetes.io/service-name": "a/b" }, "a/b"],
  ["an Ingress", { "ingress.k8s.aws/stack": "shop/web" }, "Ingress"],
])("what is marked for %s is not taken over", async (_, tags, told) => {
  const here = at();
  const { LoadBalancerArn } = await madeByHand(here, tags);
  const settings = { securityGroups: [here.network.nodeSecurityGroup] };
  const web = here.stack({ settings, spec: { adopt: LoadBalancerArn } });
  const planned = await here.planned(web);
  expect(planned.operations.filter(({ kind }) => kind === "load-balancer")).toEqual([]);
  expect(planned.refused.map(({ because }) => because).join()).toContain(told);
});

test("what is handed back has no mark left, and what is created afterwards stands beside it", async () => {
  const here = at();
  const { observe, provider, settle, stack } = here;
  const web = stack();
  await settle(web);
  const context = { signal, guard: () => {}, stack: web.key, cls: web.cls };
  const there = await observe(web);
  for (const { id, kind, cloudId, fields } of there.toReversed()) {
    await provider.actions[kind]?.release?.({ id, kind, cloudId, observed: fields }, context);
  }
  expect(await observe(web)).toEqual([]);
  await settle(web);
  const now = await observe(web);
  expect(now.map(({ id }) => id).sort()).toEqual(there.map(({ id }) => id).sort());
  const given = new Set(there.map(({ cloudId }) => cloudId));
  expect(now.filter(({ cloudId }) => given.has(cloudId))).toEqual([]);
});

test("a target group that was handed back is not taken again while somebody uses it", async () => {
  const here = at();
  const { aws, network, observe, provider, settle, stack } = here;
  const web = stack();
  await settle(web);
  const there = await observe(web);
  const context = { signal, guard: () => {}, stack: web.key, cls: web.cls };
  for (const { id, kind, cloudId, fields } of there.toReversed())
    await provider.actions[kind]?.release?.({ id, kind, cloudId, observed: fields }, context);
  const TargetGroupArn = there.find(({ kind }) => kind === "target-group")?.cloudId;
  // He moves it to a load balancer of his own.
  const elb = new ElasticLoadBalancingV2(clientSettings(aws));
  await elb.deleteLoadBalancer({ LoadBalancerArn: there.find(({ id }) => id === "load-balancer")?.cloudId });
  const his = await elb.createLoadBalancer({
    Name: "his",
    Type: "network",
    Scheme: "internal",
    Subnets: network.internalSubnets.map(({ id }) => id),
  });
  await elb.createListener({
    LoadBalancerArn: his.LoadBalancers?.[0]?.LoadBalancerArn,
    Port: 80,
    Protocol: "TCP",
    DefaultActions: [{ Type: "forward", TargetGroupArn }],
  });
  aws.clearCalls();
  await settle(web);
  const written = aws.calls.filter(({ operation }) => operation === "RegisterTargets");
  expect(written).toHaveLength(1);
  expect(written[0]?.parameters.TargetGroupArn).not.toBe(TargetGroupArn);
});

test("all stacks that something is marked for are found, whatever their class", async () => {
  const { provider, settle, stack, network, aws } = at();
  await settle(stack());
  await settle(stack({ name: "other" }));
  expect(await provider.stacks?.(stack().cls, signal)).toEqual([
    { key: `network ${aws.region} ${network.vpc}`, shared: true },
    { key: "shop/other", shared: false },
    { key: "shop/web", shared: false },
  ]);
});

test("rules that were left on the nodes' security group are found without anything else", async () => {
  const { provider, stack, network, aws, observe } = at();
  const ec2 = new EC2(clientSettings(aws));
  const ruleOf = (cluster: string, port: number) => ({
    IpProtocol: "tcp",
    FromPort: port,
    ToPort: port,
    IpRanges: [{ CidrIp: "192.0.2.0/24", Description: `fairlead.io/cluster=${cluster}` }],
  });
  const group = { GroupId: network.nodeSecurityGroup };
  await ec2.authorizeSecurityGroupIngress({ ...group, IpPermissions: [ruleOf("another", 30081)] });
  expect(await provider.stacks?.(stack().cls, signal)).toEqual([]);
  await ec2.authorizeSecurityGroupIngress({
    ...group,
    IpPermissions: [ruleOf("11111111-2222-3333-4444-555555555555", 30080)],
  });
  const key = `network ${aws.region} ${network.vpc}`;
  expect(await provider.stacks?.(stack().cls, signal)).toEqual([{ key, shared: true }]);
  const found = await observe({ ...stack(), key }, { shared: true });
  expect(found.map(({ id, ours }) => [id, ours])).toEqual([
    [`node-rule/${network.nodeSecurityGroup}/tcp/30080-30080/192.0.2.0/24`, true],
  ]);
});

test("a rule of ours lets in the backend group at the nodes, and rules of others stay", async () => {
  const { aws, network, observe, run, settle, stack } = at();
  const ec2 = new EC2(clientSettings(aws));
  const rulesThere = async () => {
    const { SecurityGroups } = await ec2.describeSecurityGroups({ GroupIds: [network.nodeSecurityGroup] });
    return SecurityGroups?.[0]?.IpPermissions ?? [];
  };
  const his = { IpProtocol: "tcp", FromPort: 30080, ToPort: 30080, IpRanges: [{ CidrIp: "192.0.2.0/24" }] };
  await ec2.authorizeSecurityGroupIngress({ GroupId: network.nodeSecurityGroup, IpPermissions: [his] });
  await settle(stack());
  const shared = { key: `network ${aws.region} ${network.vpc}`, cls: stack().cls };
  const observed = await observe(shared, { shared: true });
  const rules = observed.filter(({ kind }) => kind === "node-rule");
  expect(rules).toMatchObject([
    { document: network.nodeSecurityGroup, ours: true, dependsOn: ["backend-security-group"] },
  ]);
  const operations = rules.map(({ id, kind, cloudId, fields }) => ({
    do: "delete" as const,
    key: "d",
    id,
    kind,
    cloudId,
    observed: fields,
    replaced: false,
    document: network.nodeSecurityGroup,
    members: [],
    changes: [],
    because: "",
    after: [],
  }));
  requireDone(await run({ operations }, shared));
  // As an answer that was lost makes it happen.
  requireDone(await run({ operations }, shared));
  expect(await rulesThere()).toHaveLength(1);
  expect((await observe(shared, { shared: true })).map(({ kind }) => kind)).toEqual([
    "backend-security-group",
  ]);
});

test("after a restart everything is found by its marks", async () => {
  const { restarted, settle, stack, observe } = at();
  at().aws.behave({ provisioningDescribes: 0 });
  const web = stack({ settings: { name: "my-own-name" } });
  await settle(web);
  const anew = restarted();
  const found = await anew.observe([{ key: web.key, cls: web.cls, shared: false, adopt: [] }], signal);
  expect(found.get(web.key)).toEqual(await observe(web));
});
