/** What FRR says of its sessions, in the JSON of `show bgp vrf all neighbors json`. Pure. */
import type { AnnouncerSession } from "../../../api/announcer.ts";

export interface ObservedSession {
  readonly state: AnnouncerSession["state"];
  /** Seconds since 1970; undefined: it is not established. */
  readonly establishedAt: number | undefined;
  /** How many times it has been established. */
  readonly established: number;
  readonly bfd: AnnouncerSession["bfd"];
  /** How many routes it was sent. */
  readonly prefixes: number;
  /** Why it was reset last. */
  readonly reset: string | undefined;
}

/** By VRF (`default` for the default one) and neighbor, as `sessionKey` joins them. */
export type Observed = ReadonlyMap<string, ObservedSession>;

export function sessionKey(vrf: string | undefined, neighbor: string): string {
  return `${vrf ?? "default"} ${neighbor}`;
}

/** @throws SyntaxError where the text is no JSON. What is not as expected in it is left out: releases of FRR differ. */
export function observedSessions(text: string): Observed {
  const sessions = new Map<string, ObservedSession>();
  for (const [vrf, neighbors] of Object.entries(record(JSON.parse(text)))) {
    for (const [neighbor, each] of Object.entries(record(neighbors))) {
      const fields = record(each);
      if (typeof fields.bgpState === "string") sessions.set(sessionKey(vrf, neighbor), observed(fields));
    }
  }
  return sessions;
}

const states = ["Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"] as const;
const bfdStates = { up: "Up", down: "Down", init: "Init", "admin down": "AdminDown" } as const;

function observed(fields: Readonly<Record<string, unknown>>): ObservedSession {
  const state = states.find((each) => each === fields.bgpState) ?? "Idle";
  const bfd = text(record(fields.peerBfdInfo).status)?.toLowerCase() ?? "";
  return {
    state,
    establishedAt: state === "Established" ? number(fields.bgpTimerUpEstablishedEpoch) : undefined,
    established: number(fields.connectionsEstablished) ?? 0,
    bfd: isBfdState(bfd) ? bfdStates[bfd] : undefined,
    prefixes: Object.values(record(fields.addressFamilyInfo))
      .map((family) => number(record(family).sentPrefixCounter) ?? 0)
      .reduce((sum, each) => sum + each, 0),
    reset: text(fields.lastNotificationReason) ?? text(fields.lastResetDueTo),
  };
}

function isBfdState(word: string): word is keyof typeof bfdStates {
  return Object.hasOwn(bfdStates, word);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
