/** When this node may answer at all: it has listened after it started, after a pause, and it is not fenced. */
import { type Agent, type Listening, lookBy, touch } from "./agent.ts";
import { happened, letGo } from "./holding.ts";
import { isFenced } from "./leases.ts";
import { none } from "./own-state.ts";
import { isComplete, isHeard } from "./peer.ts";
import { isCutOffFromAll } from "./quick-fence.ts";
import { firstListenMs, listenAtMostMs, listenMs, pausedMs } from "./times.ts";

export function startListening(agent: Agent, why: Listening["why"], forMs: number): void {
  const until = agent.now + forMs;
  if (agent.listening !== undefined) {
    agent.listening.until = Math.max(agent.listening.until, until);
    return;
  }
  agent.listening = { why, since: agent.now, until };
  agent.answerUntil = agent.now;
  agent.effects.push({ kind: "answer-until", deadline: agent.now });
  for (const slot of agent.slots.values()) {
    if (slot.state.at === "holding" || slot.state.at === "none") continue;
    slot.state = none;
    agent.viewChanged = true;
  }
}

/** At the begin of every turn, before what happened is looked at. */
export function noticePause(agent: Agent): void {
  const { now, beat, peers } = agent;
  if (agent.startedAt === undefined) {
    agent.startedAt = now;
    startListening(agent, "Started", firstListenMs);
  }
  if (agent.listening !== undefined || peers.size === 0 || now - beat.lastAt < pausedMs) return;
  startListening(agent, "Paused", listenMs);
  happened(
    agent,
    "warn",
    "Paused",
    `Was paused for ${Math.round(now - beat.lastAt)} ms; listens before it answers again`,
  );
}

/** At the end of every turn, before it is thought over. */
export function listenOn(agent: Agent): void {
  const { now } = agent;
  if (agent.world === undefined || agent.links === undefined) return;
  const cause = whyFenced(agent);
  if (cause !== undefined) {
    if (agent.listening === undefined)
      happened(agent, "warn", "Fenced", `Hears no other agent, and ${cause}: stops answering`);
    startListening(agent, "Fenced", listenMs);
  }
  if (agent.listening === undefined) return;
  const { since, until } = agent.listening;
  lookBy(agent, until);
  if (now < until || (!knowsAll(agent) && now < Math.max(until, since + listenAtMostMs))) return;
  agent.listening = undefined;
  agent.readyAt ??= now;
  agent.beat.isUrgent = true;
  agent.viewChanged = true;
  touch(agent, "now");
}

function whyFenced(agent: Agent): string | undefined {
  if (isCutOffFromAll(agent)) return "the API server does not answer in time";
  return isFenced(agent) ? "its Lease is about to end" : undefined;
}

function knowsAll(agent: Agent): boolean {
  return [...agent.peers.values()].every((peer) => !isHeard(peer, agent.now) || isComplete(peer));
}

/** For a node that leaves while it listens. */
export function dropWhatItClaimed(agent: Agent): void {
  for (const slot of agent.slots.values()) {
    if (slot.state.at === "holding") letGo(agent, slot, "Released", "this node leaves");
  }
}
