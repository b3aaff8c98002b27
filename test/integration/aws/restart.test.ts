/** Many Services that are served, and a controller that begins anew: nothing is written, and what is read is read for all together. */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import type { AwsCall } from "../../simulators/aws/index.ts";
import { type Controllers, controllersOf, election } from "../support/controller-process.ts";
import { eventually } from "../support/installation.ts";
import type { Ref } from "./served.ts";
import { awsWorld } from "./support.ts";

const many = 50;
const world = awsWorld();
let refs: readonly Ref[];
let controllers: Controllers | undefined;

beforeAll(async () => {
  world().aws.behave({ provisioningDescribes: 0, limits: { loadBalancers: 2 * many } });
  // One rule for each Service, so that none has to be joined with its neighbour.
  await world().createClass("many", { settings: { nodeSecurityGroupRuleLimit: 60 } });
  const namespace = await world().namespace();
  refs = Array.from({ length: many }, (_, index) => ({ namespace, name: `web-${index}` }));
  for (let from = 0; from < many; from += 10) {
    const some = refs.slice(from, from + 10);
    await Promise.all(some.map((ref) => world().createService(ref, { cls: "many" })));
    for (const ref of some) await world().applied(ref);
  }
}, 180_000);
beforeEach(() => world().aws.clearCalls());
afterAll(() => controllers?.end());

function reads(): readonly AwsCall[] {
  return world().aws.calls.filter(({ isWrite }) => !isWrite);
}

/** What is known of the network is read anew, and nothing of any load balancer. */
const network = [
  "DescribeInstances",
  "DescribeRouteTables",
  "DescribeSecurityGroups",
  "DescribeSubnets",
  "DescribeVpcs",
];

function expectNoLook(): void {
  expect(world().written()).toEqual([]);
  expect(reads().filter(({ operation }) => !network.includes(operation))).toEqual([]);
  expect(reads().length).toBeLessThanOrEqual(2 * network.length);
}

test("after a restart an edit costs its own calls, though all the others were looked through", async () => {
  const [first] = refs as [Ref];
  const { status } = await world().applied(first);
  const arn = status?.resources?.find(({ kind }) => kind === "load-balancer")?.id ?? "";
  const { frontGroup } = await world().at(arn);
  await world().restart();
  world().aws.clearCalls();
  const ports = [
    { name: "http", port: 80 },
    { name: "https", port: 443 },
  ];
  await world().cluster.edit(services, first, { spec: { ports } });
  // The nodes are opened once every stack has said what it needs of them.
  await eventually(async () => expect((await world().at(arn)).listeners).toHaveLength(2), "two ports");
  await world().applied(first);
  const written = world().written();
  expect(written.map(({ operation }) => operation).sort()).toEqual([
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupIngress",
    "CreateListener",
    "CreateTargetGroup",
    "RegisterTargets",
  ]);
  const groups = written.flatMap(({ parameters }) => parameters.GroupId ?? []);
  expect(groups.sort()).toEqual([frontGroup, world().network.nodeSecurityGroup].sort());
});

test("a change of leader writes nothing and looks at nothing", async () => {
  await world().operator().stop();
  controllers = await controllersOf(world().controlPlane);
  const args = election("4s", "3s");
  const leader = await controllers.start({ args });
  await leader.said("Leading");
  await leader.settled(many);
  expectNoLook();
  const other = await controllers.start({ args });
  await other.said("Waiting for the lease");
  world().aws.clearCalls();
  leader.kill("SIGKILL");
  await other.said("Leading");
  await other.settled(many);
  expectNoLook();
  other.kill("SIGTERM");
  await other.ended;
});

test("within a verify period everything is compared once, with lists for many at once, and nothing is written", async () => {
  // Those that are due together have some real milliseconds to come together.
  await world().restart({ hurry: 5, verifyPeriodMs: 60_000 });
  const { TargetGroups = [] } = await world().elb.describeTargetGroups({});
  world().aws.clearCalls();
  const asked = (operation: string) => reads().filter((call) => call.operation === operation);
  const looks = () => asked("DescribeTargetHealth").map(({ parameters }) => parameters.TargetGroupArn);
  await eventually(
    () => expect(new Set(looks()).size).toBe(TargetGroups.length),
    "every target group was looked at",
  );
  expect(world().written()).toEqual([]);
  // There are twelve moments in a period at which those that are due are looked at together; on a busy machine some come late.
  for (const list of ["DescribeLoadBalancers", "DescribeTargetGroups"])
    expect(asked(list).length).toBeLessThan(looks().length * 0.75);
});
