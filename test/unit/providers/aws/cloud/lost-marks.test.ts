/** What carried our mark until somebody took it off, and what others put on our load balancers. */
import { EC2 } from "@aws-sdk/client-ec2";
import { ElasticLoadBalancingV2 } from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect, test } from "@jest/globals";
import { plan } from "../../../../../src/core/plan/plan.ts";
import type { ObservedResource } from "../../../../../src/core/plan/types.ts";
import { markKeys } from "../../../../../src/providers/aws/model/marks.ts";
import { clientSettings } from "../../../../simulators/aws/network.ts";
import { type Arranged, arranged } from "./arranged.ts";

const at = arranged();
const marks = Object.values(markKeys);
const policy = { replacement: "Allow", drift: "Repair", deletion: "Delete" } as const;

const elbOf = ({ aws }: Arranged) => new ElasticLoadBalancingV2(clientSettings(aws));
const idsOf = (resources: readonly ObservedResource[]) => resources.map(({ cloudId }) => cloudId);

/** A served stack, and what its status would have recorded. */
async function served(here: Arranged) {
  const web = here.stack();
  await here.settle(web);
  const there = await here.observe(web);
  const idOf = (kind: string) => there.find((one) => one.kind === kind)?.cloudId ?? "";
  return { web, there, recorded: idsOf(there), idOf };
}

async function unmark(here: Arranged, cloudId: string, keys: readonly string[]): Promise<void> {
  if (!cloudId.startsWith("sg-")) {
    await elbOf(here).removeTags({ ResourceArns: [cloudId], TagKeys: [...keys] });
    return;
  }
  const ec2 = new EC2(clientSettings(here.aws));
  await ec2.deleteTags({ Resources: [cloudId], Tags: keys.map((Key) => ({ Key })) });
}

test.each(["load-balancer", "target-group", "listener", "security-group"])(
  "a %s that lost its mark is not made once more, and is told with the tags that it had",
  async (kind) => {
    const here = at();
    const { web, there, recorded, idOf } = await served(here);
    await unmark(here, idOf(kind), marks);
    const planned = await here.planned(web, {}, { recorded });
    expect(planned.operations).toEqual([]);
    const [refused] = planned.refused;
    expect(refused).toMatchObject({ kind, cloudId: idOf(kind) });
    const { id } = there.find((one) => one.kind === kind) ?? {};
    expect(refused?.because).toContain(`${markKeys.resource}=${id}`);
    expect(refused?.because).toContain(`${markKeys.stack}=${web.key}`);
    // Whoever puts the tags back has nothing more to do.
    const tags = there.find((one) => one.kind === kind)?.fields.tags as Record<string, string>;
    const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    if (kind === "security-group")
      await new EC2(clientSettings(here.aws)).createTags({ Resources: [idOf(kind)], Tags: list });
    else await elbOf(here).addTags({ ResourceArns: [idOf(kind)], Tags: list });
    expect(await here.planned(web, {}, { recorded })).toMatchObject({ operations: [], refused: [] });
  },
);

test("a load balancer that lost one half of its mark counts as one that lost it, and one that says whose it is does not", async () => {
  const here = at();
  const { web, recorded, idOf } = await served(here);
  const balancer = idOf("load-balancer");
  await unmark(here, balancer, [markKeys.cluster]);
  expect((await here.planned(web, {}, { recorded })).refused).toMatchObject([{ cloudId: balancer }]);
  const Tags = [{ Key: markKeys.cluster, Value: "another" }];
  await elbOf(here).addTags({ ResourceArns: [balancer], Tags });
  expect(idsOf(await here.observe(web, { recorded }))).not.toContain(balancer);
});

test("targets of a load balancer that lost its mark are kept up to date", async () => {
  const here = at();
  const { web, recorded, idOf } = await served(here);
  await unmark(here, idOf("load-balancer"), marks);
  const fewer = { ...web, nodes: web.nodes.slice(1) };
  const planned = await here.planned(fewer, {}, { recorded });
  expect(planned.operations.map(({ kind }) => kind)).toEqual(["targets"]);
});

test("what is recorded costs no call as long as it has its mark", async () => {
  const here = at();
  const { web, recorded } = await served(here);
  here.aws.clearCalls();
  await here.observe(web);
  const without = here.calls();
  here.aws.clearCalls();
  await here.observe(web, { recorded });
  expect(here.calls()).toEqual(without);
});

test("what lost its mark is taken over again where that is asked for", async () => {
  const here = at();
  const { recorded, idOf, there } = await served(here);
  for (const { cloudId, kind } of there) {
    if (kind !== "targets" && kind !== "security-group") await unmark(here, cloudId, marks);
  }
  const again = here.stack({ spec: { adopt: idOf("load-balancer") } });
  await here.apply(again, {}, { recorded });
  const now = await here.observe(again, { recorded });
  expect(idsOf(now).sort()).toEqual(recorded.toSorted());
  expect(now.every(({ ours }) => ours)).toBe(true);
});

test("a listener that somebody put on our load balancer keeps all of it from being taken apart, and is named", async () => {
  const here = at();
  const { web, there, idOf } = await served(here);
  const { Listeners } = await elbOf(here).createListener({
    LoadBalancerArn: idOf("load-balancer"),
    Port: 9999,
    Protocol: "TCP",
    DefaultActions: [{ Type: "forward", TargetGroupArn: idOf("target-group") }],
  });
  const his = Listeners?.[0]?.ListenerArn ?? "";
  const seen = await here.observe(web, { going: true });
  const planned = plan([], seen, here.provider.rules, policy);
  expect(planned.operations).toEqual([]);
  const told = planned.refused.find(({ kind }) => kind === "load-balancer")?.because;
  expect(told).toContain("listener/9999");
  expect(told).toContain(his);

  expect((await here.planned(web)).operations).toEqual([]);
  await elbOf(here).deleteListener({ ListenerArn: his });
  await here.removeAll(web);
  expect(await here.observe(web)).toEqual([]);
  expect(there).not.toEqual([]);
});
