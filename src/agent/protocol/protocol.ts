/**
 * How agents agree who announces an address (docs/design/agents.md), as one function of what happens. No clock, no sockets, nothing random:
 * the same events at the same times have the same effects.
 */
import { type Agent, newAgent, touch } from "./agent.ts";
import { beatIfDue } from "./beat.ts";
import type { Effect } from "./effects.ts";
import type { ProtocolEvent } from "./events.ts";
import { seeFrame } from "./frames.ts";
import { hearHeartbeat, nextSilence, noticeSilence } from "./hearing.ts";
import { fenceAt, lookAtSight, reachedApi, sightedThroughout } from "./leases.ts";
import { takeLinks } from "./links.ts";
import { dropWhatItClaimed, listenOn, noticePause } from "./listening.ts";
import { askApiInSilence, nextInSilence } from "./quick-fence.ts";
import { takeWorld } from "./take-world.ts";
import { settleContested, think } from "./think.ts";
import { togetherMs } from "./times.ts";
import type { ProtocolView } from "./view.ts";
import { viewOf } from "./view-of.ts";

export interface ProtocolOptions {
  readonly node: string;
  /** As this node's `Announcer` has it: one more than that of the process before. */
  readonly incarnation: number;
}

export interface Protocol {
  /**
   * Takes what happened, and says what is to be done about it.
   * @param now milliseconds of CLOCK_BOOTTIME, never less than before
   * @param wall milliseconds since 1970; goes into new epochs, and into nothing else
   */
  handle(event: ProtocolEvent, now: number, wall: number): Effect[];
  /** When it wants the event `wake` if nothing happens before, CLOCK_BOOTTIME; undefined: never. */
  wakeAt(): number | undefined;
  view(): ProtocolView;
}

export function createProtocol({ node, incarnation }: ProtocolOptions): Protocol {
  const agent = newAgent(node, incarnation);
  return {
    handle(event, now, wall) {
      agent.now = Math.max(agent.now, now);
      agent.wall = wall;
      agent.effects = [];
      const hadLeft = agent.hasLeft;
      noticePause(agent);
      noticeSilence(agent);
      take(agent, event);
      askApiInSilence(agent);
      listenOn(agent);
      if (lookAtSight(agent, sightedThroughout(agent))) touch(agent, "now");
      const mayWait = waitsForWake(event);
      if (!mayWait && now >= thinksAt(agent)) think(agent);
      else settleContested(agent);
      if (!mayWait || now >= agent.beat.nextAt) beatIfDue(agent);
      if (agent.hasLeft && !hadLeft) agent.effects.push({ kind: "left" });
      if (agent.viewChanged) agent.effects.push({ kind: "changed" });
      agent.viewChanged = false;
      return agent.effects;
    },
    wakeAt() {
      if (agent.world === undefined || agent.links === undefined) return undefined;
      const { beat, listening } = agent;
      const fence =
        listening === undefined && agent.heard.size === 0 ? fenceAt(agent) : Number.POSITIVE_INFINITY;
      return Math.min(
        beat.isUrgent ? agent.now : beat.nextAt,
        beat.echoes[0] ?? Number.POSITIVE_INFINITY,
        thinksAt(agent),
        nextSilence(agent),
        nextInSilence(agent),
        fence <= agent.now ? Number.POSITIVE_INFINITY : fence,
      );
    },
    view: () => viewOf(agent),
  };
}

/**
 * A thought looks at every address, and a heartbeat may have many parts. What comes by hundreds in one turn of the loop is answered
 * together: by the `wake` at its end. What makes a holder stop does not wait for it, nor do the regular heartbeats.
 */
function waitsForWake({ kind }: ProtocolEvent): boolean {
  return kind !== "wake" && kind !== "links" && kind !== "leave";
}

function thinksAt({ stale, thoughtAt, dueAt, now }: Agent): number {
  if (stale === "now") return Math.min(now, dueAt);
  return stale === "soon" ? Math.min(thoughtAt + togetherMs, dueAt) : dueAt;
}

function take(agent: Agent, event: ProtocolEvent): void {
  switch (event.kind) {
    case "world":
      takeWorld(agent, event.world);
      return;
    case "links":
      takeLinks(agent, event.links);
      return;
    case "heard":
      hearHeartbeat(agent, event.heartbeat, event.path);
      return;
    case "frame":
      seeFrame(agent, event);
      return;
    case "api-reached":
      reachedApi(agent, event.at);
      touch(agent, "soon");
      return;
    case "lease":
      takeLease(agent, event);
      return;
    case "leave":
      leave(agent);
      return;
    case "wake":
      agent.framesUntil = event.framesUntil ?? agent.now;
      if (event.framesLost) agent.framesLostAt = agent.now;
      agent.heardUntil = event.heardUntil ?? agent.now;
      return;
    default:
      event satisfies never;
      return;
  }
}

function takeLease(agent: Agent, lease: Extract<ProtocolEvent, { kind: "lease" }>): void {
  const { node, renewedAt, durationMs } = lease;
  if (node === agent.node) agent.ownLease = renewedAt === undefined ? undefined : { renewedAt, durationMs };
  // One that was on its way when its node was no longer looked at would stay as it is, and be taken for one that has ended.
  else if (agent.leasesWanted.includes(node)) agent.leases.set(node, { renewedAt, durationMs });
  touch(agent, "soon");
}

function leave(agent: Agent): void {
  if (agent.leavingSince !== undefined) return;
  agent.leavingSince = agent.now;
  // Nothing that it could vouch for is there to be handed over.
  if (agent.listening !== undefined) dropWhatItClaimed(agent);
  if (agent.world === undefined || agent.links === undefined) agent.hasLeft = true;
  touch(agent, "now");
}
