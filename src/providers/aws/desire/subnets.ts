/** Which subnets the load balancer stands in: those that are named, else those found in the VPC. One for each zone. */
import { compareText } from "../../../core/compare-text.ts";
import { quote } from "../../../core/quote.ts";
import type { AwsFacts, SubnetFacts } from "../model/facts.ts";
import { sortedBy } from "../model/resources.ts";
import { discoverSubnets } from "./discover-subnets.ts";
import { localeOf } from "./locale.ts";
import { type Decided, decided, pending, undecided } from "./problems.ts";
import type { View } from "./view.ts";

export interface ChosenSubnets {
  /** Named: in the order of the names. Found: by id. */
  readonly subnets: readonly { readonly subnet: SubnetFacts; readonly isNearlyFull: boolean }[];
  /** Somebody named them, so that another one in the zone would not do. */
  readonly named: boolean;
}

/** `leader`: its settings say which. `exists`: there is a load balancer already, so that nearly full subnets need not make it fail. */
export function chooseSubnets(
  leader: View,
  facts: AwsFacts,
  addressType: "ipv4" | "dualstack",
  exists: boolean,
): Decided<ChosenSubnets> {
  const { settings, cls, spec } = leader;
  const named = settings.subnets ?? cls.subnets[spec.scheme];
  if (named !== undefined) return namedSubnets(named, facts, addressType);
  const pinned =
    (settings.eipAllocations ?? settings.privateIPv4Addresses ?? settings.ipv6Addresses) !== undefined;
  return discoverSubnets({
    facts,
    scheme: leader.scheme,
    addressType,
    clusterName: cls.clusterName,
    // Each static address has its zone: none of them may come and go.
    mayLeaveOut: !pinned,
    exists,
  });
}

function namedSubnets(
  names: readonly string[],
  facts: AwsFacts,
  addressType: "ipv4" | "dualstack",
): Decided<ChosenSubnets> {
  const byId = sortedBy(facts.subnets, ({ id }) => id);
  const found: SubnetFacts[] = [];
  for (const name of names) {
    const subnet = byId.find(
      (each) => !found.includes(each) && (name.startsWith("subnet-") ? each.id === name : each.name === name),
    );
    if (subnet === undefined) {
      const what = name.startsWith("subnet-") ? name : `with the tag Name=${quote(name)}`;
      return undecided(
        pending("MissingReference", `subnets: there is no subnet ${what} in the VPC ${facts.vpc.id}`),
      );
    }
    found.push(subnet);
  }
  const zones = Map.groupBy(found, ({ zone }) => zone);
  for (const [zone, [first, second]] of zones) {
    if (second === undefined) continue;
    const both = `${first?.id} and ${second.id}`;
    return undecided(
      pending("InvalidSettings", `subnets: ${both} are both in the zone ${zone}; name one for each zone`),
    );
  }
  const locales = new Set(found.map((subnet) => localeOf(subnet, facts.region)));
  if (locales.size > 1) {
    const all = [...locales].sort(compareText).join(" and ");
    return undecided(
      pending(
        "InvalidSettings",
        `subnets: a load balancer can't stand in ${all} at once; name subnets of one sort`,
      ),
    );
  }
  const without = found.find(({ ipv6Cidr }) => ipv6Cidr === undefined);
  if (addressType === "dualstack" && without !== undefined) {
    return undecided(
      pending(
        "NoSubnets",
        `subnets: ${without.id} has no IPv6 range, which a dual-stack load balancer needs; give it one, or name another`,
      ),
    );
  }
  return decided({ subnets: found.map((subnet) => ({ subnet, isNearlyFull: false })), named: true });
}
