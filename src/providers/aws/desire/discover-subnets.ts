/**
 * Finds subnets where none are named, as the AWS Load Balancer Controller does ("Subnet Auto Discovery" in its documentation): by role
 * tags, else by whether they lead to an internet gateway; then without those of other clusters, nearly full ones, those without IPv6 where that is
 * needed; one for each zone.
 */
import { compareText } from "../../../core/compare-text.ts";
import type { AwsFacts, SubnetFacts } from "../model/facts.ts";
import type { Scheme } from "../model/resources.ts";
import { localeOf } from "./locale.ts";
import { type Decided, decided, pending, undecided } from "./problems.ts";
import type { ChosenSubnets } from "./subnets.ts";

interface Discovery {
  readonly facts: AwsFacts;
  readonly scheme: Scheme;
  readonly addressType: "ipv4" | "dualstack";
  readonly clusterName: string | undefined;
  readonly mayLeaveOut: boolean;
  readonly exists: boolean;
}

/** A load balancer takes up to 8 addresses in a subnet (API_CreateLoadBalancer of Elastic Load Balancing). */
const neededAddresses = 8;

const roleTags = {
  "internet-facing": "kubernetes.io/role/elb",
  internal: "kubernetes.io/role/internal-elb",
} as const satisfies Record<Scheme, string>;

const clusterTag = "kubernetes.io/cluster/";

export function discoverSubnets(input: Discovery): Decided<ChosenSubnets> {
  const { facts, scheme, addressType, clusterName } = input;
  const leftOut: string[] = [];
  let left = facts.subnets;
  const keep = (test: (subnet: SubnetFacts) => boolean, why: string): void => {
    const kept = left.filter(test);
    if (kept.length < left.length) leftOut.push(`${left.length - kept.length} ${why}`);
    left = kept;
  };
  const tag = roleTags[scheme];
  if (left.some((subnet) => hasRole(subnet, tag))) {
    keep((subnet) => hasRole(subnet, tag), `without the tag ${tag}`);
  } else if (scheme === "internet-facing") {
    keep((subnet) => subnet.public === true, "without a route to an internet gateway");
  } else {
    keep((subnet) => subnet.public === false, "with a route to an internet gateway, or unknown routes");
  }
  if (clusterName !== undefined)
    keep((subnet) => isFree(subnet, clusterName), "tagged for other clusters only");
  if (addressType === "dualstack") keep(({ ipv6Cidr }) => ipv6Cidr !== undefined, "without an IPv6 range");
  const regular = left.some((subnet) => localeOf(subnet, facts.region) === "availability zones");
  if (regular) {
    keep(
      (subnet) => localeOf(subnet, facts.region) === "availability zones",
      "in local or wavelength zones or outposts",
    );
  }
  const locales = new Set(left.map((subnet) => localeOf(subnet, facts.region)));
  if (locales.size > 1) {
    const all = [...locales].sort(compareText).join(" and ");
    return undecided(
      pending(
        "NoSubnets",
        `the subnets found are in ${all}, and a load balancer stands in one sort; name them`,
      ),
    );
  }
  const chosen = onePerZone(left, clusterName).map((subnet) => ({
    subnet,
    isNearlyFull: input.mayLeaveOut && subnet.freeAddresses < neededAddresses,
  }));
  const full = chosen.filter(({ isNearlyFull }) => isNearlyFull).length;
  if (chosen.length > full || (chosen.length > 0 && input.exists))
    return decided({ subnets: chosen, named: false });
  if (full > 0) leftOut.push(`${full} with fewer than ${neededAddresses} free addresses, or beside such`);
  return undecided(pending("NoSubnets", noneLeft(input, leftOut)));
}

/** Of a zone: one that has room, then one tagged for this cluster, then the lowest id. Sorted by id. */
function onePerZone(subnets: readonly SubnetFacts[], clusterName: string | undefined): SubnetFacts[] {
  const rank = (subnet: SubnetFacts): number =>
    (subnet.freeAddresses < neededAddresses ? 2 : 0) + (isOwn(subnet, clusterName) ? 0 : 1);
  const zones = Map.groupBy(subnets, ({ zone }) => zone);
  return [...zones.values()]
    .map((of) => of.toSorted((a, b) => rank(a) - rank(b) || compareText(a.id, b.id))[0] as SubnetFacts)
    .sort((a, b) => compareText(a.id, b.id));
}

function hasRole({ tags }: SubnetFacts, tag: string): boolean {
  return tags[tag] === "1" || tags[tag] === "";
}

function isOwn({ tags }: SubnetFacts, clusterName: string | undefined): boolean {
  return clusterName !== undefined && tags[clusterTag + clusterName] !== undefined;
}

/** Tagged for this cluster, or for none. */
function isFree(subnet: SubnetFacts, clusterName: string): boolean {
  return isOwn(subnet, clusterName) || !Object.keys(subnet.tags).some((key) => key.startsWith(clusterTag));
}

function noneLeft({ facts, scheme }: Discovery, leftOut: readonly string[]): string {
  const all = facts.subnets.length;
  const why = leftOut.length === 0 ? "" : `: ${leftOut.join(", ")}`;
  return `none of the ${all} subnets of the VPC ${facts.vpc.id} can have an ${scheme} load balancer${why}; tag subnets with ${roleTags[scheme]}=1, or name them in the annotation service.beta.kubernetes.io/aws-load-balancer-subnets`;
}
