/** All that an agent knows, as plain data. The functions of this folder read and change it; none keeps anything elsewhere. */
import type { Candidate, World, WorldAddress } from "../world.ts";
import type { Answered } from "./answered.ts";
import { type ClaimLog, createClaimLog } from "./claim-log.ts";
import type { Effect } from "./effects.ts";
import type { ProtocolLink } from "./events.ts";
import type { AgentState } from "./heartbeat-message.ts";
import { none, type OwnState } from "./own-state.ts";
import type { Peer } from "./peer.ts";
import { textHash } from "./rendezvous.ts";

export interface Agent {
  readonly node: string;
  readonly incarnation: number;
  /** CLOCK_BOOTTIME and milliseconds since 1970, of this turn. */
  now: number;
  wall: number;
  startedAt: number | undefined;
  world: World | undefined;
  /** By address, in the order in which they are placed. */
  slots: Map<string, Slot>;
  links: readonly UsedLink[] | undefined;
  /** Addresses that are this node's own, with when that was seen: it never claims them. */
  own: ReadonlyMap<string, number>;
  readonly peers: Map<string, Peer>;
  /** Those of them that were heard within 600 ms, as of the last look. */
  readonly heard: Set<string>;
  /** When somebody was last heard, up to when all that came has been told, and when the API server was last asked for because of it. */
  heardAt: number;
  heardUntil: number;
  apiAskedAt: number;
  readonly macs: Map<string, string>;
  /** Nodes that claim an address, or did. */
  readonly claimants: Map<string, Set<string>>;
  /** What the Announcers of other nodes record. */
  recorded: Map<string, Recorded[]>;
  /** Nodes whose Announcers record what can't be. */
  ignored: ReadonlySet<string>;
  /** The highest epoch ever seen. */
  readonly highest: Map<string, number>;
  readonly log: ClaimLog;
  readonly leases: Map<string, SeenLease>;
  ownLease: { readonly renewedAt: number; readonly durationMs: number } | undefined;
  leasesWanted: readonly string[];
  api: ApiContact | undefined;
  listening: Listening | undefined;
  /** When it first became ready. */
  readyAt: number | undefined;
  leavingSince: number | undefined;
  hasLeft: boolean;
  isBlind: boolean;
  answerUntil: number;
  beat: BeatState;
  /** Names in the next heartbeats, as last worked out. */
  calls: readonly string[];
  gone: readonly string[];
  /** When somebody, as far as is known, last moved an address for the sake of balance, and when nodes last came or went. */
  movedAt: number;
  nodesChangedAt: number;
  /** It heard several others, and lost all of them together: it is probably this node that is cut off. */
  isCutOff: boolean;
  /** Something changed since it was last thought over, and whether that can wait for more. */
  stale: "no" | "soon" | "now";
  thoughtAt: number;
  /** Addresses that other nodes answer for and nobody claims. */
  readonly answered: Map<string, Answered>;
  /** How many addresses silent nodes answer for, as of the last thought. */
  blocked: number;
  /** The next time at which something in the slots is due. */
  dueAt: number;
  /** Addresses that are held and that others have claimed in this turn. */
  readonly contested: Set<string>;
  /** Frames that came before have been seen. */
  framesUntil: number;
  /** When it was last found that some were lost. */
  framesLostAt: number;
  /** Questions and claims that this turn may still make: see `actsPerTurn`. */
  actsLeft: number;
  viewChanged: boolean;
  effects: Effect[];
}

export interface Slot {
  readonly address: WorldAddress;
  readonly hash: number;
  readonly isV6: boolean;
  /** This node's. */
  readonly candidate: Candidate | undefined;
  state: OwnState;
}

export interface UsedLink extends ProtocolLink {
  /** When it came up; -Infinity: it was when it was first seen. */
  readonly upSince: number | undefined;
  /** It was settled at some time before. */
  readonly wasSettled: boolean;
}

export interface Recorded {
  readonly node: string;
  readonly epoch: number;
}

export interface SeenLease {
  readonly renewedAt: number | undefined;
  readonly durationMs: number;
}

export interface ApiContact {
  readonly reachedAt: number;
  /** Since when it was reached without a long break. */
  readonly since: number;
}

export interface Listening {
  readonly why: "Started" | "Paused" | "Fenced" | "LinkBack";
  readonly since: number;
  until: number;
}

export interface BeatState {
  sequence: number;
  nextAt: number;
  lastAt: number;
  /** When the next repetitions of a claim are due. */
  echoes: readonly number[];
  /** To be sent at the end of this turn. */
  isUrgent: boolean;
  /** Who gets it besides, with when that ends: whoever a change of claims concerns. */
  readonly also: Map<string, number>;
  /** Who asked for everything. */
  readonly asked: Set<string>;
  /** Up to where all is told already, while all is told; undefined: nobody has asked, or all is told. */
  allFrom: number | undefined;
  /** Up to where the log of claims went when it was last sent. */
  told: number;
}

export function newAgent(node: string, incarnation: number): Agent {
  return {
    node,
    incarnation,
    now: 0,
    wall: 0,
    startedAt: undefined,
    world: undefined,
    slots: new Map(),
    links: undefined,
    own: new Map(),
    peers: new Map(),
    heard: new Set(),
    heardAt: Number.NEGATIVE_INFINITY,
    heardUntil: Number.NEGATIVE_INFINITY,
    apiAskedAt: Number.NEGATIVE_INFINITY,
    macs: new Map(),
    claimants: new Map(),
    recorded: new Map(),
    ignored: new Set(),
    highest: new Map(),
    log: createClaimLog(),
    leases: new Map(),
    ownLease: undefined,
    leasesWanted: [],
    api: undefined,
    listening: undefined,
    readyAt: undefined,
    leavingSince: undefined,
    hasLeft: false,
    isBlind: false,
    answerUntil: Number.NEGATIVE_INFINITY,
    beat: {
      sequence: 0,
      nextAt: Number.NEGATIVE_INFINITY,
      lastAt: Number.NEGATIVE_INFINITY,
      echoes: [],
      isUrgent: false,
      also: new Map(),
      asked: new Set(),
      allFrom: undefined,
      told: 0,
    },
    calls: [],
    gone: [],
    movedAt: Number.NEGATIVE_INFINITY,
    nodesChangedAt: Number.NEGATIVE_INFINITY,
    isCutOff: false,
    stale: "no",
    thoughtAt: Number.NEGATIVE_INFINITY,
    blocked: 0,
    dueAt: Number.POSITIVE_INFINITY,
    contested: new Set(),
    framesUntil: Number.NEGATIVE_INFINITY,
    framesLostAt: Number.NEGATIVE_INFINITY,
    actsLeft: 0,
    answered: new Map(),
    viewChanged: false,
    effects: [],
  };
}

export function newSlot(address: WorldAddress, node: string): Slot {
  return {
    address,
    hash: textHash(address.address),
    isV6: address.address.includes(":"),
    candidate: address.candidates.find((each) => each.node === node),
    state: none,
  };
}

export function stateOf(agent: Agent): AgentState {
  if (agent.listening !== undefined) return "Listening";
  return agent.leavingSince === undefined ? "Ready" : "Leaving";
}

/** Wants it to be thought over what follows: in this turn, or together with what comes in the next moments. */
export function touch(agent: Agent, when: "soon" | "now"): void {
  if (agent.stale !== "now") agent.stale = when;
}

/** Wants the slots to be looked at again at that time, if it is still to come. */
export function lookBy(agent: Agent, at: number): void {
  if (at > agent.now) agent.dueAt = Math.min(agent.dueAt, at);
}
