/** Writes heartbeats: every 200 ms, and at once when somebody has to know. */
import { type Agent, stateOf } from "./agent.ts";
import { isShownAnswered } from "./answered.ts";
import { allNews, latestNews } from "./claim-log.ts";
import { ownSegments } from "./fitness.ts";
import type { ClaimNews, Heartbeat, Segment } from "./heartbeat-message.ts";
import { estimateBytes, maximumDatagramBytes, segmentBytes, textBytes } from "./heartbeat-size.ts";
import { isComplete, isHeard } from "./peer.ts";
import { beatMs, deadlineMs, silentMs } from "./times.ts";

/** What is said of interfaces has to leave room for the rest. */
const segmentsBytes = 500;
/** Between the parts of a long answer: the others take what came before meanwhile. */
const moreMs = 20;
/** Of what is new, beside a part of such an answer. */
const fewParts = 4;

type Names = Pick<Heartbeat, "silent" | "alive" | "asks" | "gone" | "inUse">;

/** At the end of every turn. */
export function beatIfDue(agent: Agent): void {
  const { beat, now } = agent;
  if (agent.world === undefined || agent.links === undefined) return;
  const isRepeated = beat.echoes.some((at) => at <= now) || now >= beat.nextAt;
  if (!beat.isUrgent && !isRepeated) return;
  beat.isUrgent = false;
  beat.echoes = beat.echoes.filter((at) => at > now);
  beat.lastAt = now;
  beat.nextAt = now + beatMs;
  for (const [node, until] of beat.also) if (until <= now) beat.also.delete(node);
  const also = [...new Set([...beat.also.keys(), ...beat.asked])].sort();
  for (const heartbeat of datagrams(agent, isRepeated)) agent.effects.push({ kind: "send", heartbeat, also });
  if (agent.listening !== undefined) return;
  agent.answerUntil = now + deadlineMs;
  agent.effects.push({ kind: "answer-until", deadline: agent.answerUntil });
}

/** As many as it takes. */
function datagrams(agent: Agent, isRepeated: boolean): Heartbeat[] {
  const empty = newest(agent.log.version);
  const base = header(agent, empty);
  const room = maximumDatagramBytes - estimateBytes(base);
  const news = newsNow(agent, room, isRepeated);
  const parts = news.map((claims): { claims: ClaimNews; names: Names; bytes: number } => {
    return { claims, names: noNames(), bytes: estimateBytes({ ...base, claims }) };
  });
  const names = namesNow(agent);
  let at = 0;
  for (const key of ["alive", "silent", "asks", "gone", "inUse"] as const) {
    for (const name of names[key]) {
      while ((parts[at]?.bytes ?? 0) + textBytes(name) > maximumDatagramBytes) at += 1;
      const part = parts[at] ?? { claims: empty, names: noNames(), bytes: estimateBytes(base) };
      parts[at] = {
        ...part,
        names: { ...part.names, [key]: [...part.names[key], name] },
        bytes: part.bytes + textBytes(name),
      };
    }
  }
  return parts.map((part) => {
    agent.beat.sequence += 1;
    return { ...base, sequence: agent.beat.sequence, claims: part.claims, ...part.names };
  });
}

/** What is told of claims. All of them are told over several turns if they are many. */
function newsNow({ beat, log, now }: Agent, room: number, isRepeated: boolean): ClaimNews[] {
  if (beat.asked.size > 0) beat.allFrom ??= 0;
  const latest = latestNews(log, now, room, isRepeated ? undefined : beat.told);
  if ((latest[0]?.from ?? 0) <= beat.told) beat.told = Math.max(beat.told, latest.at(-1)?.to ?? 0);
  if (beat.allFrom === undefined) return latest;
  const all = allNews(log, room, beat.allFrom);
  const to = all.at(-1)?.to ?? log.version;
  if (to >= log.version) {
    beat.allFrom = undefined;
    beat.asked.clear();
    beat.told = log.version;
    return all;
  }
  beat.allFrom = to;
  beat.echoes = [now + moreMs, ...beat.echoes].sort((one, other) => one - other);
  return latest.length <= fewParts ? [...all, ...latest] : all;
}

function header(agent: Agent, claims: ClaimNews): Heartbeat {
  const { api, now } = agent;
  return {
    cluster: agent.world?.cluster ?? "",
    node: agent.node,
    incarnation: agent.incarnation,
    sequence: agent.beat.sequence,
    state: stateOf(agent),
    apiAgeMs: api === undefined ? undefined : Math.max(0, Math.round(now - api.reachedAt)),
    segments: fitting(ownSegments(agent)),
    claims,
    ...noNames(),
  };
}

function noNames(): Names {
  return { silent: [], alive: [], asks: [], gone: [], inUse: [] };
}

function newest(version: number): ClaimNews {
  return { from: version, to: version, newest: version, claimed: [], withdrawn: [] };
}

function fitting(segments: readonly Segment[]): Segment[] {
  let bytes = 0;
  return segments.filter((segment) => {
    bytes += segmentBytes(segment);
    return bytes <= segmentsBytes;
  });
}

function namesNow(agent: Agent): Names {
  const { peers, now } = agent;
  const heard = [...peers.values()].filter((peer) => isHeard(peer, now));
  const alive = new Set<string>();
  for (const { silent } of heard) {
    for (const [node, at] of silent) {
      if (now - at < silentMs && isHeard(peers.get(node), now)) alive.add(node);
    }
  }
  const inUse = [...agent.slots.values()].filter(
    ({ address, state }) =>
      state.at === "conflict" ||
      (state.at === "probing" && state.again !== undefined) ||
      (state.at !== "holding" && isShownAnswered(agent.answered.get(address.address))),
  );
  return {
    silent: agent.calls,
    alive: [...alive].sort(),
    asks: heard.filter((peer) => !isComplete(peer)).map(({ node }) => node),
    gone: agent.gone,
    inUse: inUse.map(({ address }) => address.address),
  };
}
