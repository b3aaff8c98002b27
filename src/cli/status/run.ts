/** Runs `fairlead status`. */

import { ipAddressPools } from "../../api/ip-address-pool.ts";
import { loadBalancers } from "../../api/load-balancer.ts";
import { type LoadBalancerClass, loadBalancerClasses } from "../../api/load-balancer-class.ts";
import { listAll, listIfAllowed, withCluster } from "../cluster.ts";
import { exitCodes } from "../exit-codes.ts";
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
import { table } from "../output/table.ts";
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
}

/** Returns the exit code. */
export async function runStatus(options: StatusOptions): Promise<number> {
  const report = await withCluster(options, async ({ client }): Promise<StatusReport> => {
    const { namespace } = options;
    const [lbs, classes, pools] = await Promise.all([
      listAll(client, loadBalancers, { namespace }),
      listIfAllowed(client, loadBalancerClasses),
      listIfAllowed(client, ipAddressPools),
    ]);
    return {
      loadBalancers: lbs.map(summaryOf),
      classes: classes?.map(classSummary),
      pools: pools?.map(poolSummary),
    };
  });
  await print(options.output, report, () => render(report, options.namespace, paintFor(process.stdout)));
  return exitCodes.ok.code;
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
  const { loadBalancers: lbs, classes, pools } = report;
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
    ...(pools === undefined || pools.length === 0 ? [] : [table(poolHeadings, pools.map(poolCells), paint)]),
    summary(lbs),
  ];
  return sections.join("\n\n");
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
