/** The sessions as an `Announcer` shows them, and what has happened since they were last looked at. Pure. */
import type { AnnouncerBgp, AnnouncerSession } from "../../api/announcer.ts";
import { type Observed, type ObservedSession, sessionKey } from "./frr/observe.ts";
import type { BgpProblem } from "./input.ts";
import type { BgpPlan } from "./plan.ts";
import { neighborName, type SessionPlan } from "./sessions.ts";

/** Worth an Event on the BGPPeer. */
export interface SessionHappening {
  readonly what: "established" | "lost";
  readonly peer: string;
  /** A sentence. */
  readonly message: string;
}

/** One look at the sessions of a plan, in its order. */
export type Look = ReadonlyMap<string, LookedAt>;

interface LookedAt {
  readonly session: AnnouncerSession;
  /** How many times FRR has had it established. */
  readonly established: number;
}

/**
 * @param before the look before; what has not changed keeps its time, which FRR gives in seconds that vary by one.
 * @param now milliseconds since 1970.
 * @param unseen why a session is not among those observed.
 */
export function lookAt(
  plan: BgpPlan,
  observed: Observed,
  before: Look,
  now: number,
  unseen = "FRR does not have this session yet",
): Look {
  const look = new Map<string, LookedAt>();
  for (const { sessions } of plan.instances) {
    for (const session of sessions) {
      const key = sessionKey(session.vrf, neighborName(session.to));
      const found = observed.get(key);
      const earlier = before.get(key);
      look.set(key, {
        session: sessionStatus(session, found ?? unseen, earlier, now),
        established: found?.established ?? 0,
      });
    }
  }
  return look;
}

function sessionStatus(
  plan: SessionPlan,
  seen: ObservedSession | string,
  earlier: LookedAt | undefined,
  now: number,
): AnnouncerSession {
  const found = typeof seen === "string" ? undefined : seen;
  const state = found?.state ?? "Idle";
  const isUp = state === "Established";
  const goesOn =
    earlier !== undefined &&
    (earlier.session.state === "Established") === isUp &&
    (!isUp || earlier.established === found?.established);
  const began = found?.establishedAt === undefined ? now : found.establishedAt * 1000;
  return {
    peer: plan.peer,
    ...(plan.to.by === "address" ? { address: plan.to.address } : { interface: plan.to.name }),
    ...(plan.vrf === undefined ? {} : { vrf: plan.vrf }),
    state,
    since: goesOn ? earlier.session.since : new Date(Math.floor(began / 1000) * 1000).toISOString(),
    ...(plan.bfdProfile === undefined || found?.bfd === undefined ? {} : { bfd: found.bfd }),
    prefixes: isUp ? (found?.prefixes ?? 0) : 0,
    ...(isUp ? {} : { message: whyNot(plan, seen) }),
  };
}

function whyNot(plan: SessionPlan, found: ObservedSession | string): string {
  const name = neighborName(plan.to);
  if (typeof found === "string") return found.slice(0, 1024);
  const because = found.reset === undefined ? "" : ` (${found.reset})`;
  if (found.established > 0) return `The session with ${name} was lost${because}`;
  return `${name} has not answered yet${because}; check that it has this node as a neighbor, with the same AS numbers and password`;
}

/** What has changed between two looks. A session that is seen for the first time is told of only if it is up. */
export function happenings(before: Look, after: Look): SessionHappening[] {
  return [...after].flatMap(([key, { session, established }]): SessionHappening[] => {
    const earlier = before.get(key);
    const where = `with ${session.address ?? session.interface}`;
    const wasUp = earlier?.session.state === "Established";
    const isUp = session.state === "Established";
    const lost: SessionHappening[] =
      wasUp && (!isUp || earlier.established !== established)
        ? [
            {
              what: "lost",
              peer: session.peer,
              message: session.message ?? `The session ${where} was lost, and is established again`,
            },
          ]
        : [];
    const isNew = isUp && (!wasUp || lost.length > 0);
    return isNew
      ? [...lost, { what: "established", peer: session.peer, message: `The session ${where} is established` }]
      : lost;
  });
}

interface FrrSays {
  readonly version: string | undefined;
  readonly error: string | undefined;
  readonly problems: readonly BgpProblem[];
}

/** Routes are told of with the peers that have them by now. */
export function bgpStatus(
  plan: BgpPlan,
  look: Look,
  { version, error, problems }: FrrSays,
): AnnouncerBgp | undefined {
  const all = [...plan.problems, ...problems];
  if (plan.instances.length === 0 && all.length === 0) return undefined;
  const sessions = [...look.values()].map(({ session }) => session);
  const up = new Set(sessions.filter(({ state }) => state === "Established").map(({ peer }) => peer));
  const routerID = plan.instances[0]?.routerID;
  return {
    ...(routerID === undefined ? {} : { routerID }),
    ...(version === undefined ? {} : { version }),
    sessions: sessions.slice(0, 256),
    routes: routesTold(plan, up),
    ...(all.length === 0
      ? {}
      : {
          problems: all.slice(0, 256).map((each) => ({ ...each, message: each.message.slice(0, 1024) })),
        }),
    ...(error === undefined ? {} : { error: error.slice(0, 1024) }),
  };
}

/** In characters of JSON. etcd takes objects of 1.5 MiB, and the Announcer has more to say; what is too large would not be written at all. */
const ROUTES_ROOM = 300_000;

function routesTold({ routes }: BgpPlan, up: ReadonlySet<string>): AnnouncerBgp["routes"] {
  const told: AnnouncerBgp["routes"][number][] = [];
  let room = ROUTES_ROOM;
  for (const { prefix, peers: all } of routes) {
    const peers = all.filter((peer) => up.has(peer)).slice(0, 64);
    if (peers.length === 0) continue;
    const route = { prefix, peers };
    room -= JSON.stringify(route).length + 1;
    if (room < 0 || told.length === 4096) break;
    told.push(route);
  }
  return told;
}
