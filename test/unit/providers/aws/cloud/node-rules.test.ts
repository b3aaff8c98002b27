import { EC2 } from "@aws-sdk/client-ec2";
import { expect, test } from "@jest/globals";
import { expectedAfter } from "../../../../../src/core/plan/expected.ts";
import { plan } from "../../../../../src/core/plan/plan.ts";
import type { DesiredResource, ObservedResource, PlanPolicy } from "../../../../../src/core/plan/types.ts";
import { networkKey } from "../../../../../src/providers/aws/model/resources.ts";
import { clientSettings } from "../../../../simulators/aws/network.ts";
import { arranged, requireDone } from "./arranged.ts";

const at = arranged();
const clients = "192.0.2.0/24";
const policy: PlanPolicy = { replacement: "Allow", drift: "Repair", deletion: "Delete" };

test("a rule of somebody else that lets in the same is neither doubled nor taken away with ours", async () => {
  const { aws, network, provider, run, stack } = at();
  const ec2 = new EC2(clientSettings(aws));
  const group = network.nodeSecurityGroup;
  const rules = async () => {
    const { SecurityGroups = [] } = await ec2.describeSecurityGroups({ GroupIds: [group] });
    const all = SecurityGroups.flatMap(({ IpPermissions = [] }) => IpPermissions);
    return all.flatMap(({ FromPort, IpRanges = [] }) =>
      IpRanges.map(({ Description }) => `${FromPort} ${Description}`),
    );
  };
  await ec2.authorizeSecurityGroupIngress({
    GroupId: group,
    IpPermissions: [
      {
        IpProtocol: "tcp",
        FromPort: 30080,
        ToPort: 30080,
        IpRanges: [{ CidrIp: clients, Description: "theirs" }],
      },
    ],
  });
  const mark = "fairlead.io/cluster=11111111-2222-3333-4444-555555555555";
  const wanted = [30080, 30081].map(
    (port): DesiredResource => ({
      id: `node-rule/${group}/tcp/${port}-${port}/${clients}`,
      kind: "node-rule",
      document: group,
      fields: {
        group,
        protocol: "tcp",
        from: port,
        to: port,
        source: { cidr: clients },
        description: mark,
      },
      dependsOn: [],
      members: [],
    }),
  );
  const where = { key: networkKey(aws.region, network.vpc), cls: stack().cls };
  const apply = async (desired: readonly DesiredResource[], observed: readonly ObservedResource[]) => {
    const planned = plan(desired, observed, provider.rules, policy);
    const execution = await run(planned, where);
    requireDone(execution);
    return expectedAfter(observed, desired, planned.operations, execution.results).resources;
  };

  const made = await apply(wanted, []);
  expect(await rules()).toEqual(["30080 theirs", `30081 ${mark}`]);
  expect(plan(wanted, made, provider.rules, policy).operations).toEqual([]);
  await apply([], made);
  expect(await rules()).toEqual(["30080 theirs"]);
});
