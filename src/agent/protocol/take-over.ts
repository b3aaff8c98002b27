/** From seeing that nobody answers for an address to claiming it: one address of this node, one look at it. */
import { type Agent, lookBy, type Slot } from "./agent.ts";
import { forgetAnswered, isShownAnswered, noteAnswered } from "./answered.ts";
import { claim, happened } from "./holding.ts";
import { leaseEnded } from "./leases.ts";
import { usableInterfaces } from "./links.ts";
import { type Blocked, type Doubt, none, type OwnState, type Probing } from "./own-state.ts";
import {
  actAgainMs,
  blockedAgainMs,
  blockedAgainMsEach,
  firstProbe,
  mostRepeats,
  probe,
  unansweredProbes,
} from "./times.ts";
import { type Chance, foundInUseUntil, turnOf, whyTaken } from "./turn.ts";

/** The address is to be taken by somebody, and this node is fit for it. */
export function pursue(agent: Agent, slot: Slot, chance: Chance): void {
  const { now } = agent;
  const { state } = slot;
  if (state.at === "probing") {
    goOnProbing(agent, slot, state, chance);
    return;
  }
  if (state.at === "conflict") {
    if (now < state.probeAt) {
      lookBy(agent, state.probeAt);
      return;
    }
    if (mayAct(agent)) begin(agent, slot, chance, state.since);
    return;
  }
  if (state.at === "blocked" && isHolder(chance, state.by)) {
    waitForHolder(agent, slot, state, chance);
    return;
  }
  if (state.at === "blocked" && now < state.until) {
    lookBy(agent, state.until);
    return;
  }
  const since = state.at === "waiting" ? state.since : now;
  // Who tells of it is who asks again; the others wait for it.
  const isTold = isShownAnswered(agent.answered.get(slot.address.address));
  const from = isTold ? now : turnOf(agent, slot, chance, since);
  if (now >= from && mayAct(agent)) {
    begin(agent, slot, chance, since);
    return;
  }
  if (state.at !== "waiting") setState(agent, slot, { at: "waiting", since });
  lookBy(agent, from);
}

/** Asks again and again, if it is the first in the order: the others wait for its claim, or for the end of the Lease. */
function waitForHolder(agent: Agent, slot: Slot, state: Blocked, chance: Chance): void {
  const { now } = agent;
  const isDue = mayPass(agent, state.by, chance) || (now >= state.until && chance.rank === 0);
  if (isDue && mayAct(agent)) begin(agent, slot, chance, now);
  else if (!isDue && now >= state.until) block(agent, slot, state.by, now, state.unanswered);
  else lookBy(agent, state.until);
}

/** @param since when it was asked for last */
function block(agent: Agent, slot: Slot, by: string, since: number, unanswered: number): void {
  const many = unanswered > 0 ? 0 : agent.blocked * blockedAgainMsEach;
  const until = since + Math.max(blockedAgainMs, many);
  setState(agent, slot, { at: "blocked", by, until, unanswered });
  lookBy(agent, until);
}

/** Whether this turn may ask or claim something more; if not, it is looked at again. */
function mayAct(agent: Agent): boolean {
  if (agent.actsLeft > 0) return true;
  lookBy(agent, agent.now + actAgainMs);
  return false;
}

function isHolder({ vacancy }: Chance, node: string): boolean {
  return vacancy.cause === "Silent" && vacancy.by === node;
}

/** Whether the one that answered for it does not count any more. */
function mayPass(agent: Agent, by: string, chance: Chance): boolean {
  return isHolder(chance, by) && leaseEnded(agent, by);
}

function begin(agent: Agent, slot: Slot, chance: Chance, since: number): void {
  // One that was ever claimed is known to be the cluster's.
  const isFirstUse = !agent.highest.has(slot.address.address);
  const again = slot.state.at === "conflict" ? slot.state : undefined;
  const blocked = slot.state.at === "blocked" && isHolder(chance, slot.state.by) ? slot.state : undefined;
  const probing: Probing = {
    at: "probing",
    begunAt: agent.now,
    since,
    isFirstUse,
    sent: 0,
    sentAt: agent.now,
    repeats: 0,
    answeredBy: undefined,
    again,
    blocked,
  };
  setState(agent, slot, probing);
  goOnProbing(agent, slot, probing, chance);
}

function goOnProbing(agent: Agent, slot: Slot, state: Probing, chance: Chance): void {
  const plan = state.isFirstUse ? firstProbe : probe;
  const interfaces = usableInterfaces(agent, slot);
  const { address } = slot.address;
  const due = plan.at.filter((after) => state.begunAt + after <= agent.now).length;
  if (due > state.sent) {
    if (!mayAct(agent)) return;
    agent.actsLeft -= 1;
    // One request for all that are overdue: together they would say nothing more.
    agent.effects.push({ kind: "probe", address, interfaces });
    state.sent = due;
    state.sentAt = agent.now;
  }
  const next = nextOf(state);
  if (agent.now < next || state.sent < plan.at.length) {
    lookBy(agent, next);
    return;
  }
  // An answer may have come and not been read yet.
  if (agent.framesUntil < next) {
    lookBy(agent, agent.now + actAgainMs);
    return;
  }
  if (agent.framesLostAt > state.begunAt && state.answeredBy === undefined && state.repeats < mostRepeats) {
    const anew: Probing = { ...state, begunAt: agent.now, sent: 0, repeats: state.repeats + 1 };
    setState(agent, slot, anew);
    goOnProbing(agent, slot, anew, chance);
    return;
  }
  if (chance.vacancy.cause === "Silent" && chance.vacancy.isDisputed) {
    giveUp(agent, slot);
    return;
  }
  const { blocked } = state;
  const by = state.answeredBy ?? blocked?.by ?? answersBesides(agent, chance) ?? "";
  const before = blocked?.unanswered ?? (isHolder(chance, by) ? 0 : unansweredProbes);
  const unanswered = state.answeredBy === undefined ? before + 1 : 0;
  if (unanswered >= unansweredProbes || mayPass(agent, by, chance)) {
    if (!mayAct(agent)) return;
    agent.actsLeft -= 1;
    take(agent, slot, chance);
    return;
  }
  if (isHolder(chance, by)) {
    block(agent, slot, by, state.begunAt, unanswered);
    if (blocked === undefined && unanswered === 0) tellSilentHolder(agent, slot, by);
    return;
  }
  const until = noteAnswered(agent, slot, by, foundInUseUntil(agent, slot) > agent.now);
  setState(agent, slot, { at: "blocked", by, until, unanswered: 0 });
  lookBy(agent, until);
}

/** The silent holder, if it has answered for others of its addresses since it fell silent: it may be late with this one. */
function answersBesides(agent: Agent, { vacancy }: Chance): string | undefined {
  if (vacancy.cause !== "Silent") return undefined;
  const peer = agent.peers.get(vacancy.by);
  return peer !== undefined && peer.repliedAt > peer.heardAt ? vacancy.by : undefined;
}

/** When the next request is due, or the probe ends: as long after the last request as planned, even if that was late. */
function nextOf({ isFirstUse, begunAt, sent, sentAt }: Probing): number {
  const { at, until } = isFirstUse ? firstProbe : probe;
  const due = at[sent];
  return due === undefined ? sentAt + until - Math.max(...at) : begunAt + due;
}

function tellSilentHolder(agent: Agent, { address: { address, mode } }: Slot, node: string): void {
  const why =
    mode === "Bind"
      ? "its agent has ended and its kernel has not, or something eats its heartbeats"
      : "something eats its heartbeats";
  happened(
    agent,
    "warn",
    "HolderSilent",
    `Node ${node} is not heard, but answers for ${address}: ${why}; waits until it answers no more, or its Lease has ended`,
    address,
  );
}

/** The questions of a short probe, one at a time. Says when the next is due. */
export function askAgain(agent: Agent, slot: Slot, doubt: Doubt): number | undefined {
  const next = probe.at[doubt.sent];
  if (next === undefined) return undefined;
  if (agent.now < doubt.at + next) return doubt.at + next;
  doubt.sent += 1;
  const { address } = slot.address;
  agent.effects.push({ kind: "probe", address, interfaces: usableInterfaces(agent, slot) });
  return askAgain(agent, slot, doubt);
}

function take(agent: Agent, slot: Slot, { vacancy, top }: Chance): void {
  const { address } = slot.address;
  const { reason, because } = whyTaken(agent, slot, vacancy);
  forgetAnswered(agent, address);
  claim(agent, slot, reason, because);
  if (top !== undefined) agent.beat.also.set(top.node, agent.now + 1_000);
  happened(
    agent,
    "info",
    reason === "Recalled" ? "TakenBack" : reason,
    `Announces ${address}: ${because}`,
    address,
  );
}

/** A frame says that a machine which is no agent's has, or wants, the address that is probed for. */
export function foundInUse(agent: Agent, slot: Slot, state: Probing, mac: string, againMs: number): void {
  const { address } = slot.address;
  const probeAt = agent.now + againMs;
  const known = state.again?.mac === mac ? state.again : undefined;
  const sinceWall = known?.sinceWall ?? agent.wall;
  setState(agent, slot, { at: "conflict", mac, probeAt, sinceWall, since: state.since });
  lookBy(agent, probeAt);
  agent.beat.isUrgent = true;
  if (known !== undefined) return;
  happened(
    agent,
    "warn",
    "AddressInUse",
    `Does not announce ${address}: ${mac}, which is no agent's, has it`,
    address,
  );
}

function setState(agent: Agent, slot: Slot, state: OwnState): void {
  const shown = (each: OwnState): boolean =>
    each.at === "conflict" || (each.at === "probing" && each.blocked === undefined);
  if (shown(slot.state) || shown(state)) agent.viewChanged = true;
  slot.state = state;
}

export function giveUp(agent: Agent, slot: Slot): void {
  forgetAnswered(agent, slot.address.address);
  if (slot.state.at !== "none") setState(agent, slot, none);
}
