/**
 * Rules of ours in security groups of others, those of nodes and pods: all that change in a group go in one call to let in and one to shut
 * out. Only what has our description is ever shut out.
 */
import type { DocumentWriter, ResourceActions } from "../../../core/plan/actions.ts";
import { CloudError } from "../../../core/plan/cloud-error.ts";
import type { Known } from "../../../core/plan/reference.ts";
import type { Fields, Operation } from "../../../core/plan/types.ts";
import { type Cloud, fieldsAs } from "../cloud.ts";
import { type NodeRuleFields, nodeRuleMark, type Rule, ruleKey } from "../model/resources.ts";
import { nodeRuleId } from "../observe/network-resources.ts";
import { permissionOf, rulesOf } from "../observe/security-group.ts";
import { without, withoutDescription } from "./ingress.ts";
import { failedWith, type Writer, writerFor } from "./writes.ts";

export function nodeRuleWriter(cloud: Cloud): DocumentWriter {
  return {
    async write(group, operations, context) {
      const writer = writerFor(cloud, context, `security group ${group}`);
      const mark = nodeRuleMark(cloud.clusterUid());
      const coming = operations.flatMap((operation) =>
        operation.do === "create" ? [ruleOf(operation.fields)] : [],
      );
      const going = operations.flatMap((operation) =>
        operation.do === "delete" ? [ruleOf(operation.observed)] : [],
      );
      const foreign = await change(writer, group, {
        coming,
        going: going.filter(({ description }) => description === mark),
      });
      return created(operations, foreign);
    },
  };
}

/** Node rules are written with their group. Taken for themselves they can only be handed back. */
export function nodeRuleActions(cloud: Cloud): ResourceActions {
  const single = (): never => {
    throw new CloudError("invalid", "A rule of a security group of nodes is written with its group only");
  };
  return {
    create: async () => single(),
    update: async () => single(),
    delete: async () => single(),
    async release({ observed }, context) {
      const { group } = fieldsAs<NodeRuleFields>(observed);
      const { aws, context: write } = writerFor(cloud, context, `security group ${group}`);
      const IpPermissions = [permissionOf(withoutDescription(ruleOf(observed)))];
      await aws.write("UpdateSecurityGroupRuleDescriptionsIngress", { GroupId: group, IpPermissions }, write);
    },
  };
}

/** Gives the rules of somebody else that stand where ours would. */
async function change(
  writer: Writer,
  group: string,
  { coming, going }: { readonly coming: readonly Rule[]; readonly going: readonly Rule[] },
): Promise<readonly Rule[]> {
  try {
    const foreign = await authorize(writer, group, coming);
    await revoke(writer, group, going);
    return foreign;
  } catch (error) {
    // What goes is needed by nobody any more, and may make the room.
    if (going.length === 0 || !failedWith(error, "RulesPerSecurityGroupLimitExceeded")) throw error;
    await revoke(writer, group, going);
    return authorize(writer, group, coming);
  }
}

/** A rule that is there already, of an earlier attempt or somebody else's, lets in what has to be let in: the others are sent without it. */
async function authorize(writer: Writer, group: string, rules: readonly Rule[]): Promise<readonly Rule[]> {
  const send = async (some: readonly Rule[]): Promise<void> => {
    if (some.length === 0) return;
    const input = { GroupId: group, IpPermissions: some.map(permissionOf) };
    await writer.aws.write("AuthorizeSecurityGroupIngress", input, writer.context);
  };
  try {
    await send(rules);
    return [];
  } catch (error) {
    if (!failedWith(error, "InvalidPermission.Duplicate")) throw error;
    const there = await rulesIn(writer, group);
    await send(without(rules, there));
    const ours = new Set(rules.map(marked));
    return there.filter((rule) => !ours.has(marked(rule)));
  }
}

async function revoke(writer: Writer, group: string, rules: readonly Rule[]): Promise<void> {
  const send = async (some: readonly Rule[]): Promise<void> => {
    if (some.length === 0) return;
    const input = { GroupId: group, IpPermissions: some.map(permissionOf) };
    await writer.aws.write("RevokeSecurityGroupIngress", input, writer.context);
  };
  try {
    await send(rules);
  } catch (error) {
    if (!failedWith(error, "InvalidPermission.NotFound")) throw error;
    const left = new Set((await rulesIn(writer, group)).map(marked));
    await send(rules.filter((rule) => left.has(marked(rule))));
  }
}

async function rulesIn({ aws, context }: Writer, group: string): Promise<Rule[]> {
  const answer = await aws.read("DescribeSecurityGroups", { GroupIds: [group] }, context);
  return (answer.SecurityGroups ?? []).flatMap(rulesOf);
}

function marked(rule: Rule): string {
  return `${ruleKey(rule)} ${rule.description}`;
}

function ruleOf(fields: Fields): Rule {
  const { protocol, from, to, source, description } = fieldsAs<NodeRuleFields>(fields);
  return { protocol, from, to, source, description };
}

/** What somebody else has is kept with his description, so that it is never taken for ours when it is needed no more. */
function created(operations: readonly Operation[], foreign: readonly Rule[]): Map<string, Known> {
  const descriptions = new Map(foreign.map((rule) => [ruleKey(rule), rule.description ?? ""]));
  return new Map(
    operations.flatMap((operation): [string, Known][] => {
      if (operation.do !== "create") return [];
      const fields = fieldsAs<NodeRuleFields>(operation.fields);
      const description = descriptions.get(ruleKey(ruleOf(operation.fields)));
      const cloudId = nodeRuleId(fields);
      return [[operation.id, description === undefined ? { cloudId } : { cloudId, fields: { description } }]];
    }),
  );
}
