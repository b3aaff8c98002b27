/** The shared stack of a VPC: the backend group that load balancers carry, and the rules by which nodes and pods let it in. Pure. */
import { compareText } from "../../../core/compare-text.ts";
import { reference } from "../../../core/plan/reference.ts";
import type { DesiredResource, Json } from "../../../core/plan/types.ts";
import type { Desired, Problem } from "../../provider.ts";
import { mostAddedTags, type Tags, tagsOf } from "../model/marks.ts";
import {
  asFields,
  type BackendGroupFields,
  kinds,
  type NetworkClaim,
  type NodeRuleFields,
  nodeRuleMark,
} from "../model/resources.ts";
import { joinPorts, type PortRange } from "./join-ports.ts";
import { degraded } from "./problems.ts";

interface Claimed {
  readonly stack: string;
  readonly needs: Json;
}

const backendId = "backend-security-group";

/** Covers every claimed port and, but for node ports joined to keep within the limit of rules, opens nothing else. */
export function desireShared(key: string, claims: readonly Claimed[], clusterUid: string): Desired {
  const all = claims
    .map(({ stack, needs }) => ({ stack, needs: needs as unknown as NetworkClaim }))
    .sort((a, b) => compareText(a.stack, b.stack));
  const [first] = all;
  if (first === undefined) return { resources: [], problems: new Map() };
  const usesBackend = all.some(({ needs }) => needs.open.some(({ cidrs }) => cidrs === undefined));
  const resources: DesiredResource[] = usesBackend ? [backendGroup(key, all, clusterUid)] : [];
  const problems = new Map<string, Problem[]>();
  const groups = [...new Set(all.flatMap(({ needs }) => needs.groups))].sort();
  for (const group of groups) {
    const of = all.filter(({ needs }) => needs.groups.includes(group));
    const limit = Math.min(...of.map(({ needs }) => needs.ruleLimit));
    const rules = rulesOf(
      of.map(({ needs }) => needs),
      limit,
    );
    resources.push(...rules.map((rule) => ruleResource(group, rule, clusterUid)));
    if (rules.length <= limit) continue;
    const problem = degraded(
      "QuotaExceeded",
      `the security group ${group} of the nodes needs ${rules.length} rules, and the class allows ${limit}; raise nodeSecurityGroupRuleLimit (and the quota of AWS), or use fewer ports`,
    );
    for (const { stack } of of) problems.set(stack, [...(problems.get(stack) ?? []), problem]);
  }
  return { resources: resources.sort((a, b) => compareText(a.id, b.id)), problems };
}

interface WantedRule extends PortRange {
  readonly cidr?: string;
}

/** Rules for single clients stay exact; those for the backend group are joined as far as the limit asks for. */
function rulesOf(needs: readonly NetworkClaim[], limit: number): WantedRule[] {
  const byCidr = new Map<string, WantedRule>();
  const fromBackend = new Map<string, PortRange>();
  for (const { ports, cidrs } of needs.flatMap(({ open }) => open)) {
    for (const { protocol, port } of ports) {
      const range = { protocol, from: port, to: port };
      if (cidrs === undefined) fromBackend.set(`${protocol} ${port}`, range);
      for (const cidr of cidrs ?? []) byCidr.set(`${protocol} ${port} ${cidr}`, { ...range, cidr });
    }
  }
  return [...joinPorts([...fromBackend.values()], limit - byCidr.size), ...byCidr.values()];
}

function ruleResource(group: string, rule: WantedRule, clusterUid: string): DesiredResource {
  const { protocol, from, to, cidr } = rule;
  const fields: NodeRuleFields = {
    group,
    protocol,
    from,
    to,
    source: cidr === undefined ? { group: reference(backendId) } : { cidr },
    description: nodeRuleMark(clusterUid),
  };
  const id = `node-rule/${group}/${protocol}/${from}-${to}${cidr === undefined ? "" : `/${cidr}`}`;
  return { id, kind: kinds.nodeRule, fields: asFields(fields), dependsOn: [], members: [], document: group };
}

function backendGroup(
  key: string,
  claims: readonly { readonly needs: NetworkClaim }[],
  clusterUid: string,
): DesiredResource {
  const fields: BackendGroupFields = {
    description: "Fairlead: all load balancers of the cluster",
    vpc: claims[0]?.needs.vpc ?? "",
    tags: tagsOf(clusterUid, key, backendId, [], tagsOfAll(claims)),
  };
  return { id: backendId, kind: kinds.backendGroup, fields: asFields(fields), dependsOn: [], members: [] };
}

/** Where classes differ, the one whose stack comes first by name has its way. */
function tagsOfAll(claims: readonly { readonly needs: NetworkClaim }[]): Tags {
  const merged: Record<string, string> = {};
  for (const { needs } of claims) {
    for (const [tag, value] of Object.entries(needs.tags).sort(([a], [b]) => compareText(a, b))) {
      if (!Object.hasOwn(merged, tag) && Object.keys(merged).length < mostAddedTags) merged[tag] = value;
    }
  }
  return merged;
}
