/** The security groups of a load balancer: the one we manage, those of the user, or none; and the backend group by which nodes know it. */
import { quote } from "../../../core/quote.ts";
import type { Problem } from "../../provider.ts";
import type { AwsFacts } from "../model/facts.ts";
import { canonicalRules, type Rule, type RuleSource } from "../model/resources.ts";
import type { Served } from "./ports-of-members.ts";
import { type Decided, decided, degraded, pending, undecided } from "./problems.ts";
import { sourcesOf } from "./sources.ts";
import { nameOf, type View } from "./view.ts";

export type GroupMode =
  | { readonly mode: "managed"; readonly backend: boolean }
  | { readonly mode: "named"; readonly ids: readonly string[]; readonly backend: boolean }
  /** `open`: whether the security groups of the targets are opened to the clients themselves. */
  | { readonly mode: "none"; readonly open: boolean };

/** The leader says which. */
export function groupMode({ settings, cls }: View, facts: AwsFacts): Decided<GroupMode> {
  const manage = settings.manageBackendSecurityGroupRules;
  if (settings.disableSecurityGroups) {
    const against = (["securityGroups", "prefixLists", "enforceInboundOnPrivateLink"] as const).find(
      (key) => settings[key] !== undefined,
    );
    if (against !== undefined) {
      return undecided(
        pending(
          "InvalidSettings",
          `disableSecurityGroups: the load balancer has no security group, so ${against} can't have an effect; take one of the two off`,
        ),
      );
    }
    return decided({ mode: "none", open: manage ?? cls.manageNodeSecurityGroupRules });
  }
  if (settings.securityGroups === undefined)
    return decided({ mode: "managed", backend: manage ?? cls.manageNodeSecurityGroupRules });
  const ids: string[] = [];
  for (const name of settings.securityGroups) {
    const found = facts.securityGroups
      .filter(({ id, tags }) => (name.startsWith("sg-") ? id === name : tags.Name === name))
      .map(({ id }) => id)
      .sort();
    const [id, ...others] = found;
    if (id === undefined) {
      const what = name.startsWith("sg-") ? name : `with the tag Name=${quote(name)}`;
      const where = `in the VPC ${facts.vpc.id}`;
      return undecided(
        pending("MissingReference", `securityGroups: there is no security group ${what} ${where}`),
      );
    }
    if (others.length > 0) {
      const many = found.join(", ");
      return undecided(
        pending(
          "InvalidSettings",
          `securityGroups: ${quote(name)} is the name of ${many}; name one by its id`,
        ),
      );
    }
    ids.push(id);
  }
  return decided({ mode: "named", ids: [...new Set(ids)].sort(), backend: manage ?? false });
}

/** What a member asks for that only the group we manage could do. */
export function withoutEffect(
  { spec, settings, member }: View,
  leader: View,
  { mode }: GroupMode,
): Problem[] {
  if (mode === "managed") return [];
  const whose = member === leader.member ? "" : ` of ${nameOf(leader)}, which leads its group,`;
  // Where the member names groups itself, its settings say so already.
  const isOther = settings.securityGroups === undefined;
  const asked = [
    ...(mode === "named" && (spec.sourceRanges ?? []).length > 0 ? ["sourceRanges"] : []),
    ...(settings.prefixLists !== undefined && isOther ? ["prefixLists"] : []),
    ...(settings.icmpPathMtu && isOther ? ["icmpPathMtu"] : []),
  ];
  const why = mode === "named" ? "has the security groups that were named" : "has no security group";
  return asked.map((setting) =>
    degraded("InvalidSettings", `${setting} has no effect, for the load balancer${whose} ${why}`),
  );
}

/** For each port that is served, in each protocol, who may come. */
export function ingressOf(
  served: readonly Served[],
  facts: AwsFacts,
  addressType: "ipv4" | "dualstack",
): readonly Rule[] {
  return canonicalRules(
    served.flatMap(({ view, listens }) => {
      const cidrs = sourcesOf(view, facts, addressType);
      const sources: RuleSource[] = [
        ...cidrs.map((cidr) => ({ cidr })),
        ...(view.settings.prefixLists ?? []).map((prefixList) => ({ prefixList })),
      ];
      const ports = listens.flatMap(({ serves }) =>
        serves.flatMap(({ port, protocol }) =>
          sources.map((source): Rule => ({ protocol: protocol.toLowerCase(), from: port, to: port, source })),
        ),
      );
      return view.settings.icmpPathMtu ? [...ports, ...cidrs.map(pathMtu)] : ports;
    }),
  );
}

/** "Fragmentation needed" (RFC 792: type 3, code 4) and "Packet too big" (RFC 4443: type 2, code 0). */
function pathMtu(cidr: string): Rule {
  return cidr.includes(":")
    ? { protocol: "icmpv6", from: 2, to: 0, source: { cidr } }
    : { protocol: "icmp", from: 3, to: 4, source: { cidr } };
}
