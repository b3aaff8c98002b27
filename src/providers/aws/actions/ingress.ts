/** The ingress rules of a security group of ours, brought from what they are to what they should be. */
import { CloudError } from "../../../core/plan/cloud-error.ts";
import { type Rule, ruleKey } from "../model/resources.ts";
import { permissionOf, rulesOf } from "../observe/security-group.ts";
import { failedWith, type Writer } from "./writes.ts";

export interface RuleChange {
  readonly wanted: readonly Rule[];
  readonly there: readonly Rule[];
  /** What is wanted once the plan is done; default: `wanted`. */
  readonly inTheEnd?: readonly Rule[];
}

/** First all that is missing in one call, then all that is too much in one: each is done as a whole or not at all. */
export async function changeRules(
  writer: Writer,
  group: string,
  { wanted, there, inTheEnd = wanted }: RuleChange,
): Promise<void> {
  const missing = without(wanted, there);
  const leaving = without(there, inTheEnd);
  try {
    await authorize(writer, group, missing);
  } catch (error) {
    // A group has room for 60 rules by default: where old and new do not fit together, the old ones go first.
    if (!failedWith(error, "RulesPerSecurityGroupLimitExceeded")) throw error;
    if (leaving.length === 0) throw tooMany(writer, wanted, error);
    await revoke(writer, group, leaving);
    await authorize(writer, group, missing).catch((again: unknown) => {
      throw failedWith(again, "RulesPerSecurityGroupLimitExceeded") ? tooMany(writer, wanted, again) : again;
    });
    return;
  }
  await revoke(writer, group, without(there, wanted));
}

/** "Amazon VPC quotas" in the User Guide: inbound rules per security group, counted for IPv4 and IPv6 apart. */
const usualQuota = 60;

function tooMany({ context }: Writer, wanted: readonly Rule[], cause: unknown): CloudError {
  const ipv6 = wanted.filter(({ source }) => "cidr" in source && source.cidr.includes(":")).length;
  const lists = wanted.filter(({ source }) => "prefixList" in source).length;
  const counts = [
    `${wanted.length - ipv6 - lists} for IPv4`,
    `${ipv6} for IPv6`,
    ...(lists === 0
      ? []
      : [`${lists} for prefix lists, each of which counts as many as it may have entries`]),
  ];
  const message = `Cannot let all clients in: ${context.on} would need ${wanted.length} inbound rules (${counts.join(", ")}), one for each port and source, where AWS allows ${usualQuota} for each family unless the quota was raised; name fewer or wider source ranges, or have "Inbound or outbound rules per security group" raised`;
  return new CloudError("quota", message, { cause });
}

async function authorize({ aws, context }: Writer, GroupId: string, rules: readonly Rule[]): Promise<void> {
  if (rules.length === 0) return;
  const input = { GroupId, IpPermissions: rules.map(permissionOf) };
  await aws.write("AuthorizeSecurityGroupIngress", input, context);
}

/** Of rules that are gone already, as after a lost answer, the others are sent without. */
async function revoke({ aws, context }: Writer, GroupId: string, rules: readonly Rule[]): Promise<void> {
  const send = async (some: readonly Rule[]): Promise<void> => {
    if (some.length === 0) return;
    const input = { GroupId, IpPermissions: some.map(withoutDescription).map(permissionOf) };
    await aws.write("RevokeSecurityGroupIngress", input, context);
  };
  try {
    await send(rules);
  } catch (error) {
    if (!failedWith(error, "InvalidPermission.NotFound")) throw error;
    const { SecurityGroups } = await aws.read("DescribeSecurityGroups", { GroupIds: [GroupId] }, context);
    const left = (SecurityGroups ?? []).flatMap(rulesOf);
    await send(without(rules, without(rules, left)));
  }
}

export function withoutDescription({ protocol, from, to, source }: Rule): Rule {
  return { protocol, from, to, source };
}

export function without(rules: readonly Rule[], others: readonly Rule[]): Rule[] {
  const keys = new Set(others.map(ruleKey));
  return rules.filter((rule) => !keys.has(ruleKey(rule)));
}
