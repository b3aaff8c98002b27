/** What is known of another node from its heartbeats. */
import type { Path } from "./events.ts";
import type { AgentState, ClaimEntry, Heartbeat, Segment } from "./heartbeat-message.ts";
import { reachesMs, silentMs } from "./times.ts";

export interface Peer {
  readonly node: string;
  incarnation: number;
  /** Of the newest heartbeat, and when that was heard first. An older one that comes late, or again, makes nobody live longer. */
  sequence: number;
  heardAt: number;
  /** When it was last heard to answer for what it claims. */
  standingAt: number;
  /** When its agent was last seen to answer a question, by a frame. */
  repliedAt: number;
  /** Since when it has been heard to be listening, without a break. */
  listeningSince: number | undefined;
  state: AgentState;
  /** By path ("network", or the name of an interface of this node): when it was last heard there. */
  readonly paths: Map<string, number>;
  segments: readonly Segment[];
  /** When it last reached the API server, and since when it has done so at every look. By this node's clock. */
  reachedAt: number | undefined;
  reachesSince: number | undefined;
  /** When it last said so: which nodes it means to replace, which it hears that others call silent, which addresses foreign machines have. */
  readonly silent: Map<string, number>;
  readonly alive: Map<string, number>;
  readonly inUse: Map<string, number>;
  /** Of its log of claims: this node has everything up to here. */
  version: number;
  newest: number;
  readonly claims: Map<string, PeerClaim>;
}

/** `version` 0: not heard from it, but seen on the wire that it announces the address. */
export type PeerClaim = Pick<ClaimEntry, "epoch" | "version" | "offeredTo">;

/** Nothing was heard of it yet. */
export function newPeer(node: string, incarnation: number): Peer {
  return {
    node,
    incarnation,
    sequence: 0,
    heardAt: Number.NEGATIVE_INFINITY,
    standingAt: Number.NEGATIVE_INFINITY,
    repliedAt: Number.NEGATIVE_INFINITY,
    listeningSince: undefined,
    state: "Listening",
    paths: new Map(),
    segments: [],
    reachedAt: undefined,
    reachesSince: undefined,
    silent: new Map(),
    alive: new Map(),
    inUse: new Map(),
    version: 0,
    newest: 0,
    claims: new Map(),
  };
}

export function isHeard(peer: Peer | undefined, now: number): peer is Peer {
  // As `nextSilence` has it, to the last bit.
  return peer !== undefined && now < peer.heardAt + silentMs;
}

/** Whether it is heard, and every change of its claims is known. */
export function isComplete(peer: Peer): boolean {
  return peer.version >= peer.newest;
}

/** Takes everything from a heartbeat but the claims. True if something changed that placement looks at. */
export function hear(peer: Peer, heartbeat: Heartbeat, path: Path, now: number): boolean {
  const way = path.kind === "network" ? "network" : path.interface;
  const isNewer = heartbeat.sequence > peer.sequence;
  const wasHeard = isHeard(peer, now);
  if (isNewer) peer.heardAt = now;
  const wasHeardThere = now - (peer.paths.get(way) ?? Number.NEGATIVE_INFINITY) < silentMs;
  peer.paths.set(way, Math.max(peer.paths.get(way) ?? 0, isNewer ? now : peer.heardAt));
  // One that comes late says nothing against what was said after it.
  const alive = isNewer ? heartbeat.alive : heartbeat.alive.filter((node) => !peer.silent.has(node));
  const news = [
    note(peer.silent, heartbeat.silent, now),
    note(peer.alive, alive, now),
    note(peer.inUse, heartbeat.inUse, now),
  ];
  // Whoever calls it silent itself does not object any more.
  for (const node of heartbeat.silent) peer.alive.delete(node);
  if (!isNewer) return news.includes(true);
  const changed =
    !wasHeard ||
    !wasHeardThere ||
    peer.sequence === 0 ||
    peer.state !== heartbeat.state ||
    !sameSegments(peer.segments, heartbeat.segments);
  peer.sequence = heartbeat.sequence;
  peer.state = heartbeat.state;
  peer.segments = heartbeat.segments;
  peer.listeningSince = heartbeat.state === "Listening" ? (peer.listeningSince ?? now) : undefined;
  if (heartbeat.state !== "Listening") peer.standingAt = now;
  hearOfApi(peer, heartbeat.apiAgeMs, now);
  return changed || news.includes(true);
}

function hearOfApi(peer: Peer, ageMs: number | undefined, now: number): void {
  const before = peer.reachedAt;
  // Delays make its age look smaller than it is, never larger.
  peer.reachedAt = ageMs === undefined ? undefined : Math.max(before ?? 0, now - ageMs);
  if (peer.reachedAt === undefined || now - peer.reachedAt > reachesMs) peer.reachesSince = undefined;
  else peer.reachesSince ??= peer.reachedAt;
}

/** True if one is new. */
function note(noted: Map<string, number>, names: readonly string[], now: number): boolean {
  let isNews = false;
  for (const [name, at] of noted) if (now - at >= silentMs) noted.delete(name);
  for (const name of names) {
    isNews ||= !noted.has(name);
    noted.set(name, now);
  }
  return isNews;
}

function sameSegments(a: readonly Segment[], b: readonly Segment[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((one, at) => {
    const other = b[at];
    return (
      other !== undefined &&
      one.name === other.name &&
      one.mac === other.mac &&
      one.up === other.up &&
      one.lost === other.lost &&
      one.ipv6 === other.ipv6 &&
      one.hears === other.hears
    );
  });
}
