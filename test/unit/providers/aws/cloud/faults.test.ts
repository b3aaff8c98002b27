import { expect, test } from "@jest/globals";
import { isCloudError } from "../../../../../src/core/plan/cloud-error.ts";
import { arranged, errorsOf, requireDone, targetsIn } from "./arranged.ts";

const at = arranged();

/** What is written for one load balancer, and how many of the same go before. */
const written = [
  ["CreateSecurityGroup", 0],
  ["CreateSecurityGroup", 1],
  ["AuthorizeSecurityGroupIngress", 0],
  ["AuthorizeSecurityGroupIngress", 1],
  ["CreateLoadBalancer", 0],
  ["ModifyLoadBalancerAttributes", 0],
  ["CreateTargetGroup", 0],
  ["ModifyTargetGroupAttributes", 0],
  ["RegisterTargets", 0],
  ["CreateListener", 0],
  ["ModifyListenerAttributes", 0],
] as const;

const wanted = {
  settings: {
    attributes: { "load_balancing.cross_zone.enabled": "true" },
    targetGroupAttributes: { "deregistration_delay.timeout_seconds": "30" },
    listenerAttributes: { "TCP-80": { "tcp.idle_timeout.seconds": "600" } },
  },
};

/** How many there are of each kind in the whole account. */
async function count({ aws, network }: ReturnType<typeof at>): Promise<Record<string, number>> {
  const { ec2, elb } = await clients(aws);
  const groups = await ec2.describeSecurityGroups({ Filters: [{ Name: "vpc-id", Values: [network.vpc] }] });
  const balancers = (await elb.describeLoadBalancers({})).LoadBalancers ?? [];
  const targetGroups = (await elb.describeTargetGroups({})).TargetGroups ?? [];
  const listeners = await Promise.all(
    balancers.map(({ LoadBalancerArn }) => elb.describeListeners({ LoadBalancerArn })),
  );
  const own = (groups.SecurityGroups ?? []).filter(({ GroupName }) => GroupName?.startsWith("fl-"));
  return {
    balancers: balancers.length,
    targetGroups: targetGroups.length,
    listeners: listeners.flatMap(({ Listeners }) => Listeners ?? []).length,
    groups: own.length,
  };
}

async function clients(aws: ReturnType<typeof at>["aws"]) {
  const { EC2 } = await import("@aws-sdk/client-ec2");
  const { ElasticLoadBalancingV2 } = await import("@aws-sdk/client-elastic-load-balancing-v2");
  const { clientSettings } = await import("../../../../simulators/aws/network.ts");
  return { ec2: new EC2(clientSettings(aws)), elb: new ElasticLoadBalancingV2(clientSettings(aws)) };
}

test.each(written)(
  "nothing is doubled when the answer to %s is lost (after %i others)",
  async (operation, skip) => {
    const here = at();
    const web = here.stack(wanted);
    here.aws.fault({ operation, when: "after", times: 1, skip, do: "cut" });
    await here.settle(web).catch(() => here.settle(web));
    expect(here.aws.calls.filter(({ faulted }) => faulted === true)).toHaveLength(1);
    expect((await here.planned(web)).operations).toEqual([]);
    expect(await count(here)).toEqual({ balancers: 1, targetGroups: 1, listeners: 1, groups: 2 });
  },
);

test("a creation that did not see what is there takes it, if it is marked as what it would create", async () => {
  const { apply, run, stack } = at();
  const web = stack();
  const first = await apply(web);
  requireDone(first.execution);
  const again = await run(first.planned, web);
  requireDone(again);
  const ids = (execution: typeof again) =>
    [...execution.results].map(([key, result]) => [
      key,
      result.ended === "done" ? result.created?.cloudId : "",
    ]);
  expect(ids(again)).toEqual(ids(first.execution));
});

test("throttled requests are sent again, and slower", async () => {
  const { aws, apply, planned, stack } = at();
  const web = stack();
  aws.fault({ operation: "CreateLoadBalancer", when: "before", times: 2, do: { code: "Throttling" } });
  aws.fault({
    operation: "DescribeSubnets",
    when: "before",
    times: 2,
    do: { code: "RequestLimitExceeded", status: 503 },
  });
  requireDone((await apply(web)).execution);
  expect((await planned(web)).operations).toEqual([]);
});

test("a read is tried again when AWS has trouble, a write is not", async () => {
  const { aws, apply, calls, stack } = at();
  aws.fault({ operation: "DescribeLoadBalancers", when: "before", times: 2, do: "503" });
  aws.fault({ operation: "CreateLoadBalancer", when: "before", times: 1, do: "503" });
  const { execution } = await apply(stack());
  expect(errorsOf(execution)).toHaveLength(1);
  expect(calls()).toMatchObject({ DescribeLoadBalancers: 3, CreateLoadBalancer: 1 });
});

test("what is missing in the permissions is named", async () => {
  const { aws, apply, stack } = at();
  aws.fault({ operation: "CreateLoadBalancer", when: "before", do: { code: "AccessDenied", status: 403 } });
  const [error] = errorsOf((await apply(stack())).execution);
  expect(isCloudError(error) && error.class).toBe("permission");
  expect(String(error)).toContain("elasticloadbalancing:CreateLoadBalancer");
});

test("one bad target does not keep the others out", async () => {
  const { aws, apply, network, observe, stack } = at();
  const web = stack();
  const [first, ...others] = network.nodes.map(({ instance }) => instance);
  aws.fault({
    operation: "RegisterTargets",
    match: ({ parameters }) => Object.values(parameters).includes(first ?? ""),
    when: "before",
    do: { code: "InvalidTarget", message: `The following targets are not in a running state: '${first}'` },
  });
  const [error] = errorsOf((await apply(web)).execution);
  expect(isCloudError(error) && error.class).toBe("retry");
  expect(targetsIn(await observe(web))).toEqual(others.sort());
});

test("a bad target does not keep those in who go", async () => {
  const { aws, apply, network, observe, settle, stack } = at();
  await settle(stack());
  const [gone, ...stay] = [...network.nodes];
  const bad = await network.addNode();
  const on = (providerIDs: readonly string[]) => {
    const { nodes } = stack();
    return stack({}, { nodes: nodes.filter(({ spec }) => providerIDs.includes(spec?.providerID ?? "")) });
  };
  const lift = aws.fault({
    operation: "RegisterTargets",
    match: ({ parameters }) => Object.values(parameters).includes(bad.instance),
    when: "before",
    do: {
      code: "InvalidTarget",
      message: `The following targets are not in a running state: '${bad.instance}'`,
    },
  });
  const without = on([...stay, bad].map(({ providerID }) => providerID));
  const [error] = errorsOf((await apply(without)).execution);
  expect(isCloudError(error) && error.class).toBe("retry");
  expect(targetsIn(await observe(without))).toEqual(stay.map(({ instance }) => instance).sort());
  expect(targetsIn(await observe(without))).not.toContain(gone?.instance);
  // Nobody would be left to take traffic.
  const only = on([bad.providerID]);
  await apply(only);
  expect(targetsIn(await observe(only))).toEqual(stay.map(({ instance }) => instance).sort());
  lift();
  await settle(only);
  expect(targetsIn(await observe(only))).toEqual([bad.instance]);
});

test.each([
  ["ModifyLoadBalancerAttributes", "LoadBalancerNotFound"],
  ["ModifyTargetGroupAttributes", "TargetGroupNotFound"],
  ["ModifyListenerAttributes", "ListenerNotFound"],
  ["CreateLoadBalancer", "InvalidSecurityGroup"],
  ["CreateListener", "LoadBalancerNotFound"],
  ["RegisterTargets", "TargetGroupNotFound"],
])("%s that does not know yet what was just made is only tried again (%s)", async (operation, code) => {
  const { apply, aws, planned, settle, stack } = at();
  const web = stack(wanted);
  aws.fault({ operation, when: "before", times: 1, do: { code } });
  const errors = errorsOf((await apply(web)).execution);
  expect(errors.map((error) => isCloudError(error) && error.class)).toEqual(["retry"]);
  await settle(web);
  expect((await planned(web)).operations).toEqual([]);
});

test("a security group that users name and that is not there is not asked for again and again", async () => {
  const { apply, aws, network, stack } = at();
  aws.fault({ operation: "CreateLoadBalancer", when: "before", do: { code: "InvalidSecurityGroup" } });
  const [error] = errorsOf(
    (await apply(stack({ settings: { securityGroups: [network.nodeSecurityGroup] } }))).execution,
  );
  expect(isCloudError(error) && error.class).toBe("missing");
});

test("what goes while it is looked at is left out", async () => {
  const { aws, observe, settle, stack } = at();
  const web = stack();
  await settle(web);
  aws.fault({
    operation: "DescribeListeners",
    when: "before",
    times: 1,
    do: { code: "LoadBalancerNotFound" },
  });
  expect((await observe(web)).map(({ kind }) => kind)).not.toContain("listener");
  aws.fault({ operation: "DescribeTags", when: "before", times: 1, do: { code: "TargetGroupNotFound" } });
  expect((await observe(web)).length).toBeGreaterThan(0);
});

test("a load balancer that somebody protected keeps all that it serves with, until he lets go", async () => {
  const here = at();
  const { aws, observe, remove, removeAll, settle, stack } = here;
  const web = stack();
  await settle(web);
  const before = await observe(web);
  const { elb } = await clients(aws);
  const LoadBalancerArn = before.find(({ id }) => id === "load-balancer")?.cloudId;
  const protect = (Value: string) =>
    elb.modifyLoadBalancerAttributes({
      LoadBalancerArn,
      Attributes: [{ Key: "deletion_protection.enabled", Value }],
    });
  await protect("true");
  const [error] = errorsOf((await remove(web)).execution);
  expect(isCloudError(error) && error.class).toBe("conflict");
  expect(String(error)).toContain("deletion protection");
  const left = (await observe(web)).map(({ id }) => id);
  expect(left).toEqual(before.map(({ id }) => id));
  await protect("false");
  await removeAll(web);
  expect(await count(here)).toMatchObject({ balancers: 0, targetGroups: 0, listeners: 0 });
});

test("a listener goes from a protected load balancer that stays", async () => {
  const { observe, settle, stack } = at();
  const settings = { attributes: { "deletion_protection.enabled": "true" } };
  const port = { name: "a", port: 80, protocol: "TCP", nodePort: 30080, targetPort: 8080 } as const;
  await settle(
    stack({ settings, spec: { ports: [port, { ...port, name: "b", port: 81, nodePort: 30081 }] } }),
  );
  const one = stack({ settings, spec: { ports: [port] } });
  await settle(one);
  expect((await observe(one)).map(({ id }) => id)).not.toContain("listener/81");
});

test("connections get their time before a listener goes", async () => {
  const { aws, observe, remove, removeAll, settle, stack } = at();
  aws.behave({ drainingDescribes: 3 });
  const web = stack({ settings: { drainBeforeDeleteSeconds: 60 } });
  await settle(web);
  const [error] = errorsOf((await remove(web)).execution);
  expect(String(error)).toContain("connections");
  expect(targetsIn(await observe(web))).toEqual([]);
  expect((await observe(web)).map(({ id }) => id)).toContain("listener/80");
  await removeAll(web);
  expect(await observe(web)).toEqual([]);
});
