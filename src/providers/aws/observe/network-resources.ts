/** The resources of the stack that all load balancers of a VPC share, out of the security groups of the VPC. Pure. */

import type { SecurityGroup } from "@aws-sdk/client-ec2";
import { canonical } from "../../../core/plan/json.ts";
import type { ObservedResource } from "../../../core/plan/types.ts";
import { cloudIdText } from "../cloud.ts";
import { markKeys } from "../model/marks.ts";
import { asFields, kinds, type NodeRuleFields, nodeRuleMark, type Rule } from "../model/resources.ts";
import { tagsFrom } from "./listing.ts";
import { rulesOf, securityGroupFields } from "./security-group.ts";

/** `network <region> <vpc>`: undefined for another key. */
export function vpcOfNetwork(key: string): string | undefined {
  return /^network \S+ (\S+)$/.exec(key)?.[1];
}

export function networkResources(
  groups: readonly SecurityGroup[],
  { clusterUid, stack }: { readonly clusterUid: string; readonly stack: string },
): ObservedResource[] {
  const backend = groups.flatMap((group): ObservedResource[] => {
    const tags = tagsFrom(group.Tags);
    const { [markKeys.cluster]: cluster, [markKeys.stack]: owner, [markKeys.resource]: id } = tags;
    if (cluster !== clusterUid || owner !== stack || id === undefined) return [];
    const { description, vpc } = securityGroupFields(group);
    const fields = asFields({ description, vpc, tags });
    return [
      { id, kind: kinds.backendGroup, cloudId: group.GroupId ?? "", fields, dependsOn: [], ours: true },
    ];
  });
  const backends = new Map(backend.map(({ cloudId, id }) => [cloudId, id]));
  const mark = nodeRuleMark(clusterUid);
  const rules = groups.flatMap(({ GroupId: group = "", ...rest }) =>
    rulesOf(rest)
      .filter(({ description }) => description === mark)
      .flatMap((rule) => nodeRule(group, rule, backends)),
  );
  return [...backend, ...rules];
}

function nodeRule(group: string, rule: Rule, backends: ReadonlyMap<string, string>): ObservedResource[] {
  const { protocol, from, to, source, description = "" } = rule;
  if ((protocol !== "tcp" && protocol !== "udp") || "prefixList" in source) return [];
  const id = `node-rule/${group}/${protocol}/${from}-${to}`;
  const fields: NodeRuleFields = { group, protocol, from, to, source, description };
  const backend = "group" in source ? backends.get(cloudIdText(source.group)) : undefined;
  return [
    {
      id: "cidr" in source ? `${id}/${source.cidr}` : id,
      kind: kinds.nodeRule,
      cloudId: nodeRuleId(fields),
      fields: asFields(fields),
      dependsOn: backend === undefined ? [] : [backend],
      ours: true,
      document: group,
    },
  ];
}

/** EC2's own ids would cost a call more; a rule is what it allows. */
export function nodeRuleId({ group, protocol, from, to, source }: NodeRuleFields): string {
  return canonical([group, protocol, from, to, source]);
}
