/** The simulated AWS records what it is asked, and fails as it is told. */
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { AwsCall, FaultRule } from "../../../simulators/aws/index.ts";
import type { CallPhase } from "../../../simulators/aws/types.ts";
import { arranged, verdictOn } from "./arranged.ts";

let onCall: ((call: AwsCall, phase: CallPhase) => void) | undefined;
const world = arranged({ onCall: (call, phase) => onCall?.(call, phase) });

const removals: (() => void)[] = [];
afterEach(() => {
  onCall = undefined;
  for (const remove of removals.splice(0)) remove();
});

function fault(rule: FaultRule): void {
  removals.push(world().aws.fault(rule));
}

async function groupNames() {
  return (await world().elb.describeTargetGroups({})).TargetGroups?.map((group) => group.TargetGroupName);
}

test("calls are recorded in order, with what they asked and how they ended", async () => {
  const { aws, elb, ec2, targetGroup, network } = world();
  aws.clearCalls();
  await targetGroup({ Name: "recorded", Tags: [{ Key: "a", Value: "b" }] });
  await verdictOn(elb.describeTargetGroups({ Names: ["nobody"] }));
  await ec2.describeVpcs({ VpcIds: [network.vpc] });

  expect(aws.calls).toEqual([
    {
      service: "elasticloadbalancing",
      operation: "CreateTargetGroup",
      parameters: expect.objectContaining({ Name: "recorded", "Tags.member.1.Key": "a" }),
      isWrite: true,
      status: 200,
    },
    {
      service: "elasticloadbalancing",
      operation: "DescribeTargetGroups",
      parameters: { "Names.member.1": "nobody" },
      isWrite: false,
      status: 400,
      errorCode: "TargetGroupNotFound",
    },
    {
      service: "ec2",
      operation: "DescribeVpcs",
      parameters: { "VpcId.1": network.vpc },
      isWrite: false,
      status: 200,
    },
  ]);
});

describe("a fault hits before the work, or after it", () => {
  test.each<[string, FaultRule["do"], string]>([
    ["an error code", { code: "Throttling", message: "Rate exceeded" }, "Throttling"],
    ["an error code of status 403", { code: "AccessDenied", status: 403 }, "AccessDenied"],
    ["a 503, which has no code", "503", "Unknown"],
    ["a cut connection", "cut", "Error"],
  ])("%s", async (_, what, seen) => {
    const { targetGroup, name } = world();
    for (const when of ["before", "after"] as const) {
      const Name = name();
      fault({ operation: "CreateTargetGroup", when, times: 1, do: what });
      expect(await verdictOn(targetGroup({ Name }))).toBe(seen);
      expect((await groupNames())?.includes(Name)).toBe(when === "after");
      expect(await verdictOn(targetGroup({ Name }))).toBe("accepted");
    }
  });

  test("errors of EC2 are in EC2's form", async () => {
    fault({ service: "ec2", when: "before", do: { code: "RequestLimitExceeded", status: 503 } });
    expect(await verdictOn(world().ec2.describeVpcs({}))).toBe("RequestLimitExceeded");
    expect(await verdictOn(world().elb.describeLoadBalancers({}))).toBe("accepted");
    expect(world().aws.calls.at(-2)).toMatchObject({
      status: 503,
      errorCode: "RequestLimitExceeded",
      faulted: true,
    });
  });

  test("a call that hangs has no answer until the client gives up", async () => {
    fault({ operation: "DescribeLoadBalancers", when: "after", do: "hang" });
    const giveUp = new AbortController();
    const verdict = verdictOn(world().elb.describeLoadBalancers({}, { abortSignal: giveUp.signal }));
    // The call has come in and hangs once it is recorded as faulted.
    while (world().aws.calls.at(-1)?.faulted !== true) await delay(1);
    giveUp.abort();
    expect(await verdict).toBe("AbortError");
  });
});

test("a rule skips and counts, matches names and parameters, and ends when it is removed", async () => {
  const { aws, elb } = world();
  const list = (PageSize?: number) => verdictOn(elb.describeLoadBalancers({ PageSize }));
  const remove = aws.fault({
    operation: /^Describe/,
    match: ({ parameters }) => parameters.PageSize !== undefined,
    when: "before",
    skip: 1,
    times: 2,
    do: { code: "Throttling" },
  });
  expect([await list(1), await list(), await list(1), await list(1), await list(1)]).toEqual([
    "accepted",
    "accepted",
    "Throttling",
    "Throttling",
    "accepted",
  ]);
  remove();
  const gone = aws.fault({ when: "before", do: { code: "Throttling" } });
  gone();
  expect(await list(1)).toBe("accepted");
});

test("the hook sees every call before and after its work, and cuts the connection by throwing", async () => {
  const { targetGroup, name } = world();
  const seen: string[] = [];
  const Name = name();
  onCall = ({ operation }, phase) => {
    seen.push(`${phase} ${operation}`);
    if (phase === "after") throw new Error("cut");
  };
  expect(await verdictOn(targetGroup({ Name }))).toBe("Error");
  onCall = undefined;
  expect(seen).toEqual(["before CreateTargetGroup", "after CreateTargetGroup"]);
  expect(await groupNames()).toContain(Name);
});

test("over the rate, calls are refused in the way of each service, and do no work", async () => {
  const { aws, ec2, targetGroup, name } = world();
  const Name = name();
  const limit = { perSecond: 0.001, burst: 1 };
  aws.behave({ rateLimits: { elasticloadbalancing: limit, ec2: limit } });
  expect([await verdictOn(targetGroup()), await verdictOn(targetGroup({ Name }))]).toEqual([
    "accepted",
    "Throttling",
  ]);
  expect([await verdictOn(ec2.describeVpcs({})), await verdictOn(ec2.describeVpcs({}))]).toEqual([
    "accepted",
    "RequestLimitExceeded",
  ]);
  const plenty = { perSecond: 1e6, burst: 1e6 };
  aws.behave({ rateLimits: { elasticloadbalancing: plenty, ec2: plenty } });
  expect(await groupNames()).not.toContain(Name);
});

test("what was just made is unknown for as many describes as the behaviour says", async () => {
  const { aws, elb, ec2, network, loadBalancer } = world();
  aws.behave({ unseenDescribes: 2 });
  const arn = await loadBalancer();
  const { GroupId = "" } = await ec2.createSecurityGroup({
    GroupName: "new",
    Description: "x",
    VpcId: network.vpc,
  });
  aws.behave({ unseenDescribes: 0 });

  const listed = await elb.describeLoadBalancers({});
  expect(listed.LoadBalancers?.map((one) => one.LoadBalancerArn)).not.toContain(arn);
  const LoadBalancerArns = [arn];
  expect(await verdictOn(elb.describeLoadBalancers({ LoadBalancerArns }))).toBe("LoadBalancerNotFound");
  expect(await verdictOn(elb.describeLoadBalancers({ LoadBalancerArns }))).toBe("accepted");

  const GroupIds = [GroupId];
  expect(await verdictOn(ec2.describeSecurityGroups({ GroupIds }))).toBe("InvalidGroup.NotFound");
  expect(await verdictOn(ec2.describeSecurityGroups({ GroupIds }))).toBe("InvalidGroup.NotFound");
  expect(await verdictOn(ec2.describeSecurityGroups({ GroupIds }))).toBe("accepted");
});

test("a reset empties everything", async () => {
  const { aws, elb, ec2, network, loadBalancer } = world();
  await loadBalancer();
  fault({ when: "before", do: "503" });
  await aws.reset();
  expect(aws.calls).toEqual([]);
  expect((await elb.describeLoadBalancers({})).LoadBalancers).toEqual([]);
  expect(await verdictOn(ec2.describeVpcs({ VpcIds: [network.vpc] }))).toBe("InvalidVpcID.NotFound");
});
