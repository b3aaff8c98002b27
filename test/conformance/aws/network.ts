/** What is in EC2: read and put back past the proxy, so that it is no call. */
import { EC2, type IpPermission, type SecurityGroup } from "@aws-sdk/client-ec2";
import type { CloudObject } from "../../../src/testing/index.ts";
import type { AwsSimulator } from "../../simulators/aws/index.ts";
import { clientSettings, type Network, type Node } from "../../simulators/aws/network.ts";

export interface SecurityGroups {
  snapshot(): Promise<CloudObject[]>;
  /** Takes away what was not there at first: groups, rules, nodes. */
  clear(): Promise<void>;
  /** A group with a rule, and a rule in the group of the nodes. */
  addForeign(): Promise<void>;
  /** Takes our tags off all groups, and our descriptions off all rules. Calls that the proxy sees. */
  unmark(): Promise<void>;
  /** The group that every VPC has. */
  readonly defaultGroup: string;
  close(): void;
}

export async function securityGroupsOf(aws: AwsSimulator, network: Network): Promise<SecurityGroups> {
  const ec2 = new EC2(clientSettings(aws, aws.motoEndpoint));
  const corrected = new EC2(clientSettings(aws));
  const firstNodes: readonly Node[] = [...network.nodes];
  const list = async (): Promise<SecurityGroup[]> => {
    const inVpc = { Filters: [{ Name: "vpc-id", Values: [network.vpc] }] };
    return (await ec2.describeSecurityGroups(inVpc)).SecurityGroups ?? [];
  };
  const first = await list();
  const kept = new Set(first.map(({ GroupId }) => GroupId));
  const firstRules = new Map(
    first.map((group) => [group.GroupId, new Set(rulesIn(group).map(({ id }) => id))]),
  );
  const defaultGroup = first.find(({ GroupName }) => GroupName === "default")?.GroupId ?? "";

  return {
    defaultGroup,
    async snapshot() {
      return (await list()).flatMap((group) => [
        {
          kind: "security-group",
          id: group.GroupId ?? "",
          generated: [group.GroupName ?? ""],
          state: { description: group.Description ?? "", tags: tagsIn(group) },
        },
        ...rulesIn(group).map(({ id, description, text }) => ({
          kind: "security-group-rule",
          id,
          state: { rule: text, description },
        })),
      ]);
    },
    async clear() {
      for (const node of network.nodes.filter((one) => !firstNodes.includes(one)))
        await network.removeNode(node);
      const groups = await list();
      // Rules first: a group that a rule of another names can't be deleted.
      for (const group of groups) {
        const added = rulesIn(group).filter(({ id }) => !firstRules.get(group.GroupId)?.has(id));
        const IpPermissions = added.map(({ permission }) => permission);
        if (added.length > 0) await ec2.revokeSecurityGroupIngress({ GroupId: group.GroupId, IpPermissions });
      }
      for (const { GroupId } of groups) if (!kept.has(GroupId)) await ec2.deleteSecurityGroup({ GroupId });
    },
    async addForeign() {
      const described = { GroupName: "theirs", Description: "Somebody else's", VpcId: network.vpc };
      const { GroupId } = await ec2.createSecurityGroup(described);
      const IpPermissions = [
        { IpProtocol: "tcp", FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: "10.20.0.0/16" }] },
      ];
      for (const id of [GroupId, network.nodeSecurityGroup])
        await ec2.authorizeSecurityGroupIngress({ GroupId: id, IpPermissions });
    },
    async unmark() {
      for (const group of await list()) {
        const keys = Object.keys(tagsIn(group)).filter((key) => key.startsWith("fairlead.io/"));
        if (keys.length > 0)
          await ec2.deleteTags({ Resources: [group.GroupId ?? ""], Tags: keys.map((Key) => ({ Key })) });
        const marked = rulesIn(group).filter(({ description }) => description.startsWith("fairlead.io/"));
        for (const { permission } of marked)
          await corrected.updateSecurityGroupRuleDescriptionsIngress({
            GroupId: group.GroupId,
            IpPermissions: [withoutDescription(permission)],
          });
      }
    },
    close() {
      ec2.destroy();
      corrected.destroy();
    },
  };
}

interface Rule {
  readonly id: string;
  readonly text: string;
  readonly description: string;
  readonly permission: IpPermission;
}

/** One by one: a permission bundles several. */
function rulesIn({ GroupId = "", IpPermissions = [] }: SecurityGroup): Rule[] {
  return IpPermissions.flatMap((bundle) => {
    const { IpProtocol, FromPort, ToPort } = bundle;
    const ports = { IpProtocol, FromPort, ToPort };
    const one = (source: string, description: string | undefined, sources: IpPermission): Rule => {
      const text = `${GroupId} lets in ${IpProtocol} ${FromPort}-${ToPort} from ${source}`;
      return { id: text, text, description: description ?? "", permission: { ...ports, ...sources } };
    };
    return [
      ...(bundle.IpRanges ?? []).map((range) =>
        one(range.CidrIp ?? "", range.Description, { IpRanges: [range] }),
      ),
      ...(bundle.Ipv6Ranges ?? []).map((range) =>
        one(range.CidrIpv6 ?? "", range.Description, { Ipv6Ranges: [range] }),
      ),
      ...(bundle.UserIdGroupPairs ?? []).map(({ GroupId: source, Description }) =>
        one(source ?? "", Description, { UserIdGroupPairs: [{ GroupId: source, Description }] }),
      ),
    ];
  });
}

function withoutDescription({
  IpRanges,
  Ipv6Ranges,
  UserIdGroupPairs,
  ...ports
}: IpPermission): IpPermission {
  return {
    ...ports,
    IpRanges: IpRanges?.map(({ CidrIp }) => ({ CidrIp })),
    Ipv6Ranges: Ipv6Ranges?.map(({ CidrIpv6 }) => ({ CidrIpv6 })),
    UserIdGroupPairs: UserIdGroupPairs?.map(({ GroupId }) => ({ GroupId })),
  };
}

function tagsIn({ Tags = [] }: SecurityGroup): Record<string, string> {
  return Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
}
