/** A node's own claims, as a log with versions: what is told of them, and to whom who missed something. */
import type { ClaimEntry, ClaimNews, WithdrawnEntry } from "./heartbeat-message.ts";
import { claimBytes, withdrawnBytes } from "./heartbeat-size.ts";
import { latestNewsMs, newsMs } from "./times.ts";

/** Each is a datagram. The kernel keeps about 90 for a process that is busy, of all senders together. */
export const mostStretches = 16;
const fewStretches = 4;

export interface ClaimLog {
  version: number;
  readonly claimed: Map<string, ClaimEntry & { readonly at: number }>;
  /** Of the last `newsMs` at least. */
  withdrawn: (WithdrawnEntry & { readonly at: number })[];
  /** Everything up to this version is older than `newsMs`. */
  settled: number;
}

export function createClaimLog(): ClaimLog {
  return { version: 0, claimed: new Map(), withdrawn: [], settled: 0 };
}

export function writeClaim(
  log: ClaimLog,
  claim: { readonly address: string; readonly epoch: number; readonly offeredTo: string | undefined },
  at: number,
): void {
  log.version += 1;
  // At the end, so that the entries stay sorted by version.
  log.claimed.delete(claim.address);
  log.claimed.set(claim.address, { ...claim, version: log.version, at });
}

export function withdrawClaim(log: ClaimLog, address: string, at: number): void {
  if (!log.claimed.delete(address)) return;
  log.version += 1;
  log.withdrawn.push({ version: log.version, address, at });
}

/**
 * What changed within the last `newsMs`, in stretches of which none is longer than this many bytes. At least one. If these were
 * many: only what changed since version `told`, or without that within the last `latestNewsMs`. Who lacks the rest sees that it does.
 */
export function latestNews(log: ClaimLog, now: number, maximumBytes: number, told?: number): ClaimNews[] {
  forget(log, now);
  const news = stretches(log, log.settled, maximumBytes);
  if (news.length <= fewStretches) return news;
  const from = Math.max(log.settled, told ?? versionAt(log, now - latestNewsMs));
  return stretches(log, from, maximumBytes).slice(0, mostStretches);
}

/** All claims that are in force, from after that version on. No more than `mostStretches` at once: the last one says how far they go. */
export function allNews(log: ClaimLog, maximumBytes: number, from = 0): ClaimNews[] {
  return stretches(log, from, maximumBytes).slice(0, mostStretches);
}

/** The version of the log at that time, as far as it is known still. */
function versionAt(log: ClaimLog, at: number): number {
  let version = 0;
  for (const entry of [...log.claimed.values(), ...log.withdrawn])
    if (entry.at <= at) version = Math.max(version, entry.version);
  return version;
}

function forget(log: ClaimLog, now: number): void {
  for (const { at, version } of log.claimed.values()) {
    if (at <= now - newsMs) log.settled = Math.max(log.settled, version);
  }
  const kept = log.withdrawn.filter(({ at }) => at > now - newsMs);
  for (const { at, version } of log.withdrawn) {
    if (at <= now - newsMs) log.settled = Math.max(log.settled, version);
  }
  if (kept.length < log.withdrawn.length) log.withdrawn = kept;
}

function stretches(log: ClaimLog, from: number, maximumBytes: number): ClaimNews[] {
  const newest = log.version;
  const entries: Entry[] = [];
  for (const { at: _, ...claimed } of after(from, log.claimed.values())) {
    entries.push({ version: claimed.version, bytes: claimBytes(claimed), claimed });
  }
  for (const { at: _, ...withdrawn } of after(from, log.withdrawn)) {
    entries.push({ version: withdrawn.version, bytes: withdrawnBytes(withdrawn), withdrawn });
  }
  entries.sort((a, b) => a.version - b.version);
  const news: ClaimNews[] = [];
  let claimed: ClaimEntry[] = [];
  let withdrawn: WithdrawnEntry[] = [];
  let begin = from;
  let bytes = 0;
  for (const entry of entries) {
    if (bytes + entry.bytes > maximumBytes && bytes > 0) {
      news.push({ from: begin, to: entry.version - 1, newest, claimed, withdrawn });
      begin = entry.version - 1;
      [claimed, withdrawn, bytes] = [[], [], 0];
    }
    bytes += entry.bytes;
    if (entry.claimed !== undefined) claimed.push(entry.claimed);
    if (entry.withdrawn !== undefined) withdrawn.push(entry.withdrawn);
  }
  return [...news, { from: begin, to: newest, newest, claimed, withdrawn }];
}

interface Entry {
  readonly version: number;
  readonly bytes: number;
  readonly claimed?: ClaimEntry;
  readonly withdrawn?: WithdrawnEntry;
}

function* after<T extends { readonly version: number }>(from: number, entries: Iterable<T>): Generator<T> {
  for (const entry of entries) if (entry.version > from) yield entry;
}
