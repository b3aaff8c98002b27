/** Who announces an address and why, and for every other node why not. Decides by the agents' own code. Pure. */

import { givenAddresses } from "../../agent/desire/given-addresses.ts";
import type { AddressVerdict, NodeVerdict } from "../../agent/desire/verdict.ts";
import { desire } from "../../agent/desire/world.ts";
import type { Announcer } from "../../api/announcer.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { Objects } from "../../controllers/offline/plan-objects.ts";
import { agentSummary } from "../output/agent-row.ts";
import { withoutFormerClaims } from "../output/former-claims.ts";
import { whyThere } from "../output/why-there.ts";
import type { AnnouncingObjects } from "./announcing-objects.ts";
import { bgpNodes } from "./bgp-announcement.ts";
import { usualRules } from "./usual-rules.ts";

export interface ExplainedNode {
  readonly node: string;
  readonly protocol: "Layer2" | "BGP";
  readonly announces: boolean;
  /** Interfaces, or BGPPeers. */
  readonly on: readonly string[];
  readonly since: string | undefined;
  readonly why: string;
}

export interface ExplainedAnnouncement {
  readonly address: string;
  /** What says that it is to be announced on layer 2, or why nothing does. */
  readonly layer2: string;
  readonly nodes: readonly ExplainedNode[];
  /** What is not known, because the user may not see what it is decided by. */
  readonly unknown: string | undefined;
}

export function explainAnnouncements(
  lb: LoadBalancer,
  announcing: AnnouncingObjects,
  { classes, pools }: Pick<Objects, "classes" | "pools">,
  nowMs: number,
): ExplainedAnnouncement[] {
  const { verdicts } = desire({
    ...usualRules,
    cluster: "",
    node: "",
    incarnation: 0,
    recorded: undefined,
    before: undefined,
    given: givenAddresses(announcing.sharers, classes),
    objects: {
      ...announcing,
      loadBalancers: announcing.sharers,
      classes,
      pools,
      nodes: announcing.nodes ?? [],
      serviceLabels: (key) => announcing.services.get(key)?.metadata.labels,
      endpointSlices: (key) => announcing.endpointSlices.get(key) ?? [],
    },
  });
  return (lb.status?.addresses ?? []).flatMap(({ ip, pool }) => {
    const verdict = ip === undefined ? undefined : verdicts.get(ip);
    if (ip === undefined || verdict === undefined) return [];
    const nodes = [
      ...onLayer2(verdict, announcing, nowMs),
      ...bgpNodes({ address: ip, pool: pools.find(({ metadata }) => metadata.name === pool), announcing }),
    ];
    const unknown =
      announcing.nodes === undefined
        ? "why other nodes do not announce it: you may not list Nodes; the ClusterRole fairlead-inspect allows it"
        : undefined;
    return [{ address: ip, layer2: verdict.message, nodes, unknown }];
  });
}

function onLayer2(verdict: AddressVerdict, announcing: AnnouncingObjects, nowMs: number): ExplainedNode[] {
  const { announcers, leases } = announcing;
  const isSilent = (announcer: Announcer) => agentSummary(announcer, leases, nowMs).state === "Silent";
  const told = withoutFormerClaims(announcers).flatMap(
    (each) => asTold(each, verdict.address, isSilent(each)) ?? [],
  );
  const holders = told.filter(({ announces }) => announces).map(({ node }) => node);
  const silent = (announcing.nodes === undefined ? [] : verdict.nodes).filter(
    ({ node }) => !told.some((each) => each.node === node),
  );
  return [
    ...told,
    ...silent.map((each): ExplainedNode => {
      const announcer = announcers.find((one) => nameOf(one) === each.node);
      const why = whyNot(each, announcer, { holders, announcing, nowMs });
      return { node: each.node, protocol: "Layer2", announces: false, on: [], since: undefined, why };
    }),
  ].sort((a, b) => Number(b.announces) - Number(a.announces) || (a.node < b.node ? -1 : 1));
}

/** What the agent of the node says of the address, if it says anything. One that is silent holds nothing any more, as far as it goes by the rules. */
function asTold(announcer: Announcer, address: string, isSilent: boolean): ExplainedNode | undefined {
  const entry = announcer.status?.addresses?.find((each) => each.address === address);
  if (entry === undefined) return undefined;
  const { state, interfaces, since } = entry;
  const said = `${state === "Announcing" ? "" : `${state}: `}${whyThere(entry)}`;
  return {
    node: nameOf(announcer),
    protocol: "Layer2",
    announces: !isSilent && (state === "Announcing" || state === "Offering"),
    on: interfaces,
    since,
    why: isSilent ? `its agent was not heard of lately; what it said last: ${said}` : said,
  };
}

interface Beside {
  readonly holders: readonly string[];
  readonly announcing: AnnouncingObjects;
  readonly nowMs: number;
}

function whyNot(verdict: NodeVerdict, announcer: Announcer | undefined, beside: Beside): string {
  const { candidate } = verdict;
  if (candidate === undefined || announcer === undefined) return verdict.why;
  const { state } = agentSummary(announcer, beside.announcing.leases, beside.nowMs);
  if (state === "Silent") return "may announce it, but its agent was not heard of lately";
  if (state !== "Ready") return `may announce it, but its agent is not ready (${state})`;
  const { capabilities = [], interfaces = [] } = announcer.status ?? {};
  const raw = capabilities.find(({ name }) => name === "RawSockets");
  if (raw?.available === false)
    return `its agent can't answer for addresses: ${raw.message ?? "no reason given"}`;
  const usable = interfaces.filter(({ skipped, up }) => skipped === undefined && up).map(({ name }) => name);
  if (candidate.interfaces !== undefined && !candidate.interfaces.some((name) => usable.includes(name)))
    return `has none of the interfaces ${candidate.interfaces.join(", ")} up and in use`;
  if (usable.length === 0) return "has no interface that is up and in use";
  const [holder] = beside.holders;
  return holder === undefined
    ? "may announce it, and says nothing of it: see the log of its agent"
    : `may announce it, and ${holder} does`;
}

function nameOf({ metadata }: Announcer): string {
  return metadata.name ?? "";
}
