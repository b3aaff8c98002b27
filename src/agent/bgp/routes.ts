/** The routes that a node may announce, each with the advertisements that ask for it. Pure. */
import type { BGPAdvertisementSpec } from "../../api/bgp-advertisement.ts";
import type { IPAddressPool } from "../../api/ip-address-pool.ts";
import { selectsNode, selectsPool, selectsService } from "../../core/advertising/selects.ts";
import { specInForce } from "../../core/advertising/spec-in-force.ts";
import { compareText } from "../../core/compare-text.ts";
import { formatAddress, type IPFamily } from "../../core/ip/address.ts";
import type { GivenOut, GivenOutSharer } from "../desire/given-out.ts";
import { type Accepted, accepted } from "./accepted.ts";
import { blockOf, isWithin } from "./aggregation.ts";
import type { BgpInput, BgpProblem } from "./input.ts";

export interface CandidateRoute {
  /** A CIDR, also for a single address. */
  readonly prefix: string;
  readonly family: IPFamily;
  /** The oldest first; at least one. */
  readonly by: readonly Accepted<BGPAdvertisementSpec>[];
}

interface Candidates {
  readonly candidates: readonly CandidateRoute[];
  readonly problems: readonly BgpProblem[];
}

/**
 * A node announces what it can serve: with `externalTrafficPolicy: Local` what has an endpoint here, else what has one anywhere. An address that Services
 * share stays as long as one of them wants it.
 */
export function candidateRoutes({ node, given, pools, advertisements: all }: BgpInput): Candidates {
  if (node.unfit !== undefined) return { candidates: [], problems: [] };
  const advertisements = accepted(all, specInForce).filter(({ spec }) => selectsNode(spec, node.labels));
  const byName = new Map(pools.map((pool) => [pool.metadata.name ?? "", pool]));
  const found = new Map<string, { family: IPFamily; by: Set<string> }>();
  const problems: BgpProblem[] = [];
  for (const each of given) {
    const serving = each.sharers.filter(canServe);
    if (serving.length === 0) continue;
    const pool = each.pool === undefined ? undefined : byName.get(each.pool);
    for (const { name, spec } of advertisements) {
      if (!selectsPool(spec, { name: each.pool, labels: pool?.metadata.labels })) continue;
      if (!serving.some(({ labels }) => selectsService(spec, labels))) continue;
      const length = lengthFor(spec, each.family);
      const block = blockOf(each.address, length);
      if (block === undefined) continue;
      const prefix = `${formatAddress({ family: block.family, value: block.first })}/${length}`;
      if (pool !== undefined && !isWithin(block, rangesOf(pool))) {
        problems.push({ kind: "BGPAdvertisement", name, message: messageOf(prefix, each, length) });
        continue;
      }
      const route = found.get(prefix) ?? { family: each.family, by: new Set() };
      route.by.add(name);
      found.set(prefix, route);
    }
  }
  const candidates = [...found]
    .sort(([a], [b]) => compareText(a, b))
    .map(([prefix, { family, by }]) => ({
      prefix,
      family,
      by: advertisements.filter(({ name }) => by.has(name)),
    }));
  return { candidates, problems };
}

function canServe({ policy, usable }: GivenOutSharer): boolean {
  return policy === "Local" ? usable === "here" : usable !== "nowhere";
}

function lengthFor(spec: BGPAdvertisementSpec, family: IPFamily): number {
  return family === "IPv4" ? (spec.aggregationLength ?? 32) : (spec.aggregationLengthV6 ?? 128);
}

function messageOf(prefix: string, { address, pool, family }: GivenOut, length: number): string {
  const field = family === "IPv4" ? "aggregationLength" : "aggregationLengthV6";
  return `With spec.${field} ${length} the route for ${address} is ${prefix}, of which a part is not in IPAddressPool ${pool}: it would draw traffic for addresses of others, and is not announced; raise the length, or widen the pool`;
}

function rangesOf(pool: IPAddressPool): string[] {
  return [...(specInForce(pool) ?? pool.spec).addresses];
}
