/** Writes heartbeats: every 200 ms, and at once when somebody has to know. */
import { type Agent, stateOf } from "./agent.ts";
import { allNews, latestNews } from "./claim-log.ts";
import { ownSegments } from "./fitness.ts";
import type { ClaimNews, Heartbeat, Segment } from "./heartbeat-message.ts";
import { estimateBytes, maximumDatagramBytes, segmentBytes, textBytes } from "./heartbeat-size.ts";
import { isComplete, isHeard } from "./peer.ts";
import { beatMs, deadlineMs, silentMs } from "./times.ts";

/** What is said of interfaces has to leave room for the rest. */
const segmentsBytes = 500;

type Names = Pick<Heartbeat, "silent" | "alive" | "asks" | "gone" | "inUse">;

/** At the end of every turn. */
export function beatIfDue(agent: Agent): void {
  const { beat, now } = agent;
  if (agent.world === undefined || agent.links === undefined) return;
  const isEcho = beat.echoes.some((at) => at <= now);
  if (!beat.isUrgent && !isEcho && now < beat.nextAt) return;
  beat.isUrgent = false;
  beat.echoes = beat.echoes.filter((at) => at > now);
  beat.lastAt = now;
  beat.nextAt = now + beatMs;
  for (const [node, until] of beat.also) if (until <= now) beat.also.delete(node);
  const also = [...new Set([...beat.also.keys(), ...beat.asked])].sort();
  for (const heartbeat of datagrams(agent)) agent.effects.push({ kind: "send", heartbeat, also });
  beat.asked.clear();
  if (agent.listening !== undefined) return;
  agent.answerUntil = now + deadlineMs;
  agent.effects.push({ kind: "answer-until", deadline: agent.answerUntil });
}

/** As many as it takes. */
function datagrams(agent: Agent): Heartbeat[] {
  const empty = newest(agent.log.version);
  const base = header(agent, empty);
  const room = maximumDatagramBytes - estimateBytes(base);
  const news = agent.beat.asked.size > 0 ? allNews(agent.log, room) : latestNews(agent.log, agent.now, room);
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
    ({ state }) => state.at === "conflict" || (state.at === "probing" && state.again !== undefined),
  );
  return {
    silent: agent.calls,
    alive: [...alive].sort(),
    asks: heard.filter((peer) => !isComplete(peer)).map(({ node }) => node),
    gone: agent.gone,
    inUse: inUse.map(({ address }) => address.address),
  };
}
