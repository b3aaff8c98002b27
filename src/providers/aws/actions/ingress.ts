/** The ingress rules of a security group of ours, brought from what they are to what they should be. */
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
    if (leaving.length === 0 || !failedWith(error, "RulesPerSecurityGroupLimitExceeded")) throw error;
    await revoke(writer, group, leaving);
    await authorize(writer, group, missing);
    return;
  }
  await revoke(writer, group, without(there, wanted));
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
