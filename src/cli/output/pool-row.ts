/** A pool in one line: is it in force, how much of it is left, and is it announced. Pure. */

import type { IPAddressPool } from "../../api/ip-address-pool.ts";
import type { Row } from "./table.ts";

export interface PoolSummary {
  readonly name: string;
  /** `undefined` while no controller has looked at it. */
  readonly accepted: boolean | undefined;
  readonly autoAssign: boolean;
  readonly assigned: number;
  readonly availableIPv4: number;
  /** Saturates at 2^53-1. */
  readonly availableIPv6: number;
  readonly reason: string;
  readonly message: string;
}

export function poolSummary({ metadata, spec, status = {} }: IPAddressPool): PoolSummary {
  const accepted = status.conditions?.find(({ type }) => type === "Accepted");
  const degraded = status.conditions?.find(({ type, status: is }) => type === "Degraded" && is === "True");
  const told = accepted?.status === "True" ? (degraded ?? accepted) : accepted;
  return {
    name: metadata.name ?? "",
    accepted: accepted === undefined ? undefined : accepted.status === "True",
    autoAssign: spec.autoAssign,
    assigned: (status.assignedIPv4 ?? 0) + (status.assignedIPv6 ?? 0),
    availableIPv4: status.availableIPv4 ?? 0,
    availableIPv6: status.availableIPv6 ?? 0,
    reason: told?.reason ?? "",
    message: told?.message ?? "",
  };
}

export const poolHeadings = [
  "POOL",
  "ACCEPTED",
  "AUTO",
  "ASSIGNED",
  "FREE IPV4",
  "FREE IPV6",
  "REASON",
] as const;

export function poolCells(pool: PoolSummary): Row {
  return [
    pool.name,
    acceptedCell(pool.accepted),
    pool.autoAssign ? "yes" : "no",
    String(pool.assigned),
    countText(pool.availableIPv4),
    countText(pool.availableIPv6),
    pool.reason === "Accepted" ? "" : pool.reason,
  ];
}

export function acceptedCell(accepted: boolean | undefined): Row[number] {
  if (accepted === undefined) return { text: "?", tone: "dim" };
  return accepted ? { text: "yes", tone: "good" } : { text: "no", tone: "bad" };
}

/** Nobody compares counts of 16 digits. */
function countText(count: number): string {
  return count < 1_000_000_000 ? String(count) : ">10^9";
}
