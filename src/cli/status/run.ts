/** Runs `fairlead status`. */

import { announcers } from "../../api/announcer.ts";
import { bfdProfiles } from "../../api/bfd-profile.ts";
import { bgpAdvertisements } from "../../api/bgp-advertisement.ts";
import { bgpPeers } from "../../api/bgp-peer.ts";
import { communities } from "../../api/community.ts";
import { ipAddressPools } from "../../api/ip-address-pool.ts";
import { leases } from "../../api/kubernetes.ts";
import { l2Advertisements } from "../../api/l2-advertisement.ts";
import { loadBalancers } from "../../api/load-balancer.ts";
import { type LoadBalancerClass, loadBalancerClasses } from "../../api/load-balancer-class.ts";
import { installation } from "../../api/names.ts";
import type { KubeClient } from "../../runtime/kube/client.ts";
import { listAll, listIfAllowed, withCluster } from "../cluster.ts";
import { exitCodes } from "../exit-codes.ts";
import {
  type AdvertisingSummary,
  advertisingCells,
  advertisingHeadings,
  bfdProfileSummary,
  bgpAdvertisementSummary,
  bgpPeerSummary,
  communitySummary,
  l2AdvertisementSummary,
} from "../output/advertising-row.ts";
import { type AgentSummary, agentCells, agentHeadings, agentSummary } from "../output/agent-row.ts";
import { counted } from "../output/counted.ts";
import { print } from "../output/format.ts";
import {
  type LoadBalancerSummary,
  loadBalancerCells,
  loadBalancerHeadings,
  type State,
  summaryOf,
} from "../output/load-balancer-row.ts";
import { type Paint, paintFor } from "../output/paint.ts";
import { acceptedCell, type PoolSummary, poolCells, poolHeadings, poolSummary } from "../output/pool-row.ts";
import { type Row, table } from "../output/table.ts";
import type { StatusOptions } from "./command.ts";

export interface ClassSummary {
  readonly name: string;
  readonly provider: string;
  readonly default: boolean;
  /** `undefined` while no controller has looked at it, or where another one provides it and has not answered. */
  readonly accepted: boolean | undefined;
  readonly loadBalancers: number;
  readonly reason: string;
  readonly message: string;
}

export interface StatusReport {
  readonly loadBalancers: readonly LoadBalancerSummary[];
  /** Absent where the user may not list them: that takes a role in the whole cluster. */
  readonly classes?: readonly ClassSummary[] | undefined;
  readonly pools?: readonly PoolSummary[] | undefined;
  /** What says how and where addresses are announced. */
  readonly advertising?: readonly AdvertisingSummary[] | undefined;
  /** The agents of the nodes. */
  readonly agents?: readonly AgentSummary[] | undefined;
}

/** Returns the exit code. */
export async function runStatus(options: StatusOptions): Promise<number> {
  const report = await withCluster(options, async ({ client }): Promise<StatusReport> => {
    const { namespace } = options;
    const [lbs, classes, pools, advertising, agents] = await Promise.all([
      listAll(client, loadBalancers, { namespace }),
      listIfAllowed(client, loadBalancerClasses),
      listIfAllowed(client, ipAddressPools),
      readAdvertising(client),
      readAgents(client),
    ]);
    return {
      loadBalancers: lbs.map(summaryOf),
      classes: classes?.map(classSummary),
      pools: pools?.map(poolSummary),
      advertising,
      agents,
    };
  });
  await print(options.output, report, () => render(report, options.namespace, paintFor(process.stdout)));
  return exitCodes.ok.code;
}

async function readAdvertising(client: KubeClient): Promise<AdvertisingSummary[] | undefined> {
  const [layer2, bgp, peers, profiles, names] = await Promise.all([
    listIfAllowed(client, l2Advertisements),
    listIfAllowed(client, bgpAdvertisements),
    listIfAllowed(client, bgpPeers),
    listIfAllowed(client, bfdProfiles),
    listIfAllowed(client, communities),
  ]);
  // One role gives all of them.
  if (layer2 === undefined) return undefined;
  return [
    ...layer2.map(l2AdvertisementSummary),
    ...(bgp ?? []).map(bgpAdvertisementSummary),
    ...(peers ?? []).map(bgpPeerSummary),
    ...(profiles ?? []).map(bfdProfileSummary),
    ...(names ?? []).map(communitySummary),
  ];
}

async function readAgents(client: KubeClient): Promise<AgentSummary[] | undefined> {
  const [agents, renewals] = await Promise.all([
    listIfAllowed(client, announcers),
    listIfAllowed(client, leases, { namespace: installation.namespace }),
  ]);
  return agents?.map((agent) => agentSummary(agent, renewals, Date.now()));
}

export function classSummary({ metadata, spec, status = {} }: LoadBalancerClass): ClassSummary {
  const accepted = status.conditions?.find(({ type }) => type === "Accepted");
  const degraded = status.conditions?.find(({ type, status: is }) => type === "Degraded" && is === "True");
  const told = accepted?.status === "True" ? (degraded ?? accepted) : accepted;
  return {
    name: metadata.name ?? "",
    provider: spec.provider,
    default: spec.default,
    accepted:
      accepted === undefined || accepted.status === "Unknown" ? undefined : accepted.status === "True",
    loadBalancers: status.loadBalancers ?? 0,
    reason: told?.reason ?? "",
    message: told?.message ?? "",
  };
}

function render(report: StatusReport, namespace: string | undefined, paint: Paint): string {
  const { loadBalancers: lbs, classes, pools = [], advertising = [], agents = [] } = report;
  const where = namespace === undefined ? "" : ` in namespace ${namespace}`;
  const sections = [
    lbs.length === 0
      ? `There are no load balancers${where}.`
      : table(
          [...loadBalancerHeadings, "MESSAGE"],
          lbs.map((lb) => [...loadBalancerCells(lb), lb.state === "Ready" ? "" : shortened(lb.message)]),
          paint,
        ),
    ...(classes === undefined ? ["You may not list LoadBalancerClasses."] : [classTable(classes, paint)]),
    ...some(poolHeadings, pools.map(poolCells), paint),
    ...some(advertisingHeadings, advertising.map(shortenedSummary).map(advertisingCells), paint),
    ...some(agentHeadings, agents.map(agentCells), paint),
    summary(lbs),
  ];
  return sections.join("\n\n");
}

/** A table, if there is anything to be in it. */
function some(headings: readonly string[], rows: readonly Row[], paint: Paint): string[] {
  return rows.length === 0 ? [] : [table(headings, rows, paint)];
}

function shortenedSummary(each: AdvertisingSummary): AdvertisingSummary {
  return { ...each, message: shortened(each.message) };
}

function classTable(classes: readonly ClassSummary[], paint: Paint): string {
  return classes.length === 0
    ? "There are no LoadBalancerClasses: nothing is served before there is one."
    : table(
        ["CLASS", "PROVIDER", "DEFAULT", "ACCEPTED", "LOAD BALANCERS", "REASON"],
        classes.map((cls) => [
          cls.name,
          cls.provider,
          cls.default ? "yes" : "no",
          acceptedCell(cls.accepted),
          String(cls.loadBalancers),
          cls.reason === "Accepted" ? "" : cls.reason,
        ]),
        paint,
      );
}

function shortened(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 97)}...`;
}

const states = ["Ready", "Degraded", "Waiting", "Refused", "Deleting", "Unseen"] as const satisfies State[];

function summary(lbs: readonly LoadBalancerSummary[]): string {
  const counts = states.flatMap((state) => {
    const count = lbs.filter((lb) => lb.state === state).length;
    return count === 0 ? [] : [`${count} ${state.toLowerCase()}`];
  });
  return `${counted(lbs.length, "load balancer")}${counts.length === 0 ? "" : `: ${counts.join(", ")}`}.`;
}
