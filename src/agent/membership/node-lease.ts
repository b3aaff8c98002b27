/** The Lease of one node's agent: its name, its times, and what is read from it. Pure. */
import { agentLeasePrefix } from "../../api/names.ts";
import type { Lease } from "../../runtime/leader/lease-record.ts";

/** In the operator's namespace. Not the name of a node's own Lease (`kube-node-lease`), nor an elector's. */
export function leaseNameOf(node: string): string {
  return `${agentLeasePrefix}${node}`;
}

export interface LeaseTimes {
  readonly renewMs: number;
  /** Whole seconds, as Leases have it. */
  readonly durationMs: number;
}

/** Renewals of all nodes together stay at 40 a second, which leaves 10 of 50 for what the nodes' `Announcer`s need. */
const renewalsPerSecond = 40;
const shortestMs = 3_000;
const shortestRetryMs = 1_000;

/** @param nodes how many nodes have an agent */
export function leaseTimes(nodes: number): LeaseTimes {
  const renewMs = Math.max(shortestMs, (nodes / renewalsPerSecond) * 1000);
  return { renewMs, durationMs: Math.ceil((3 * renewMs) / 1000) * 1000 };
}

/**
 * From a renewal that failed to the next try at least. An API server that refuses is overloaded, or was away for all nodes: together they
 * stay at 40 writes a second then too.
 */
export function retryMsOf(nodes: number): number {
  return Math.max(shortestRetryMs, (nodes / renewalsPerSecond) * 1000);
}

/** Who holds it: a process, for two agents of one node must be told apart. */
export interface LeaseHolder {
  readonly node: string;
  /** Of two processes on one node the one with the higher number is the agent. */
  readonly incarnation: number;
}

export function identityOf({ node, incarnation }: LeaseHolder): string {
  return `${node}/${incarnation}`;
}

/** The incarnation that holds it; 0 if nobody does, or nobody who writes identities as we do. */
export function incarnationIn(lease: Lease): number {
  const text = lease.spec?.holderIdentity?.split("/").at(-1) ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** undefined: given back, so nobody need wait for its end. */
export function durationIn(lease: Lease): number | undefined {
  const { holderIdentity, leaseDurationSeconds = 0 } = lease.spec ?? {};
  return holderIdentity ? leaseDurationSeconds * 1000 : undefined;
}
