/** A load balancer in one line: does it work, where, and why not. Pure. */

import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { Condition } from "../../api/meta.ts";
import { isReason, reasons } from "../../api/reasons.ts";
import { conditionOf } from "../../core/service-status.ts";
import type { Tone } from "./paint.ts";
import type { Cell, Row } from "./table.ts";

/**
 * - `Ready`: it has its address, and everything is as asked for.
 * - `Degraded`: it has an address, and something is not as asked for.
 * - `Waiting`: it has none; `reason` says what for.
 * - `Refused`: it is not accepted as it is, and has none.
 * - `Deleting`, and `Unseen` while no controller has looked at it.
 */
export type State = "Ready" | "Degraded" | "Waiting" | "Refused" | "Deleting" | "Unseen";

export interface LoadBalancerSummary {
  readonly namespace: string;
  readonly name: string;
  readonly state: State;
  readonly addresses: readonly string[];
  readonly className: string;
  /** Name of the Service it was made for. */
  readonly service: string | undefined;
  readonly reason: string;
  readonly message: string;
  /** What to do, where the reason is one of the listed ones and something is to be done. */
  readonly remedy: string | undefined;
}

export function summaryOf(lb: LoadBalancer): LoadBalancerSummary {
  const { state, condition } = stateOf(lb);
  const reason = condition?.reason ?? "";
  return {
    namespace: lb.metadata.namespace ?? "",
    name: lb.metadata.name ?? "",
    state,
    addresses: (lb.status?.addresses ?? []).map(({ ip, hostname }) => ip ?? hostname ?? ""),
    className: lb.spec.className,
    service: lb.spec.serviceRef?.name,
    reason,
    message: condition?.message ?? "",
    remedy: state === "Ready" ? undefined : remedyOf(reason),
  };
}

export function remedyOf(reason: string): string | undefined {
  return isReason(reason) ? reasons[reason].remedy : undefined;
}

function stateOf(lb: LoadBalancer): { state: State; condition: Condition | undefined } {
  const programmed = conditionOf(lb, "Programmed");
  const accepted = conditionOf(lb, "Accepted");
  const degraded = conditionOf(lb, "Degraded");
  if (lb.metadata.deletionTimestamp !== undefined) return { state: "Deleting", condition: programmed };
  if (programmed === undefined) return { state: "Unseen", condition: accepted };
  if (programmed.status === "True") {
    return degraded?.status === "True"
      ? { state: "Degraded", condition: degraded }
      : { state: "Ready", condition: programmed };
  }
  return accepted?.status === "False"
    ? { state: "Refused", condition: accepted }
    : { state: "Waiting", condition: programmed };
}

const tones = {
  Ready: "good",
  Degraded: "warn",
  Waiting: "warn",
  Refused: "bad",
  Deleting: "dim",
  Unseen: "dim",
} as const satisfies Record<State, Tone>;

export function stateCell(state: State): Cell {
  return { text: state, tone: tones[state] };
}

export const loadBalancerHeadings = [
  "NAMESPACE",
  "NAME",
  "ADDRESS",
  "CLASS",
  "SERVICE",
  "STATE",
  "REASON",
] as const;

export function loadBalancerCells(lb: LoadBalancerSummary): Row {
  return [
    lb.namespace,
    lb.name,
    lb.addresses.join(","),
    lb.className,
    lb.service ?? "",
    stateCell(lb.state),
    lb.state === "Ready" ? "" : lb.reason,
  ];
}
