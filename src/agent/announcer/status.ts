/** What the status of this node's `Announcer` says. Pure. */
import type {
  AnnouncedAddress,
  AnnouncerBgp,
  AnnouncerCapability,
  AnnouncerInterface,
  AnnouncerStatus,
} from "../../api/announcer.ts";
import type { Condition } from "../../api/meta.ts";
import { compareText } from "../../core/compare-text.ts";
import { rfc3339, setCondition } from "../../runtime/patch/conditions.ts";
import type { AddressReport, InterfaceReport } from "../thread/messages.ts";

export interface AgentState {
  readonly incarnation: number;
  readonly version: string;
  readonly state: AnnouncerStatus["state"];
  readonly heartbeatPort: number;
  /** undefined: not looked at yet; what a former process saw is the best guess. */
  readonly interfaces: readonly InterfaceReport[] | undefined;
  readonly capabilities: readonly AnnouncerCapability[];
  readonly addresses: readonly AddressReport[];
  /** What a former process of this node announced, and nobody has taken yet: kept on record until it is settled who has it. */
  readonly inherited: readonly AnnouncedAddress[];
  readonly bgp: AnnouncerBgp | undefined;
}

/** The bounds of the kind's schema. */
const most = {
  interfaces: 1024,
  networks: 32,
  addresses: 4096,
  message: 256,
  skipped: 256,
  word: 63,
} as const;

export function announcerStatus(
  state: AgentState,
  before: Pick<AnnouncerStatus, "conditions" | "interfaces"> | undefined,
  nowMs: number,
): AnnouncerStatus {
  const { incarnation, version, heartbeatPort, bgp } = state;
  const addresses = addressesOf(state);
  return {
    incarnation,
    version: version.slice(0, 63),
    state: state.state,
    heartbeatPort,
    conditions: [...setCondition(before?.conditions ?? [], { type: "Ready", ...readiness(state) }, nowMs)],
    interfaces: state.interfaces === undefined ? (before?.interfaces ?? []) : interfacesOf(state.interfaces),
    capabilities: state.capabilities.slice(0, 32).map((each) => ({ ...each })),
    announcing: addresses.filter(isClaimed).length,
    addresses,
    ...(bgp === undefined ? {} : { bgp }),
  };
}

/**
 * Whether what changed is worth a write by itself. Interfaces that are left alone come and go with every pod: they are told along with
 * the next thing that is worth it.
 */
export function differs(one: AnnouncerStatus, other: AnnouncerStatus): boolean {
  return JSON.stringify(essence(one)) !== JSON.stringify(essence(other));
}

function essence(status: AnnouncerStatus): object {
  return { ...status, interfaces: status.interfaces?.filter(({ skipped }) => skipped === undefined) };
}

function readiness({
  state,
  capabilities,
  bgp,
}: AgentState): Pick<Condition, "status" | "reason" | "message"> {
  switch (state) {
    case "Starting":
      return { status: "False", reason: "Starting", message: "The agent has started and listens first" };
    case "Leaving":
      return { status: "False", reason: "Leaving", message: "The agent was told to end" };
    case "Ready": {
      const missing = capabilities.find(({ name, available }) => name === "RawSockets" && !available);
      if (missing !== undefined && bgp === undefined) {
        const message = `It can't announce addresses on layer 2: ${missing.message ?? "no raw sockets"}`;
        return { status: "False", reason: "CapabilityMissing", message };
      }
      return { status: "True", reason: "Ready", message: "The agent takes its part" };
    }
    default:
      return state satisfies never;
  }
}

/** Those that can be used come first, for the list may be cut. */
function interfacesOf(interfaces: readonly InterfaceReport[]): AnnouncerInterface[] {
  return interfaces
    .toSorted(
      (a, b) =>
        Number(a.skipped !== undefined) - Number(b.skipped !== undefined) || compareText(a.name, b.name),
    )
    .slice(0, most.interfaces)
    .map(({ name, mac, up, networks, skipped }) => ({
      name,
      ...(mac === "" ? {} : { mac }),
      up,
      ...(networks.length === 0 ? {} : { networks: networks.slice(0, most.networks) }),
      ...(skipped === undefined ? {} : { skipped: skipped.slice(0, most.skipped) }),
    }));
}

function addressesOf({ addresses, inherited }: AgentState): AnnouncedAddress[] {
  const own = addresses.map(addressOf);
  const known = new Set(own.filter(({ epoch }) => epoch > 0).map(({ address }) => address));
  const left = inherited.filter(({ address }) => !known.has(address));
  const kept = new Set(left.map(({ address }) => address));
  return [...own.filter(({ address }) => !kept.has(address)), ...left]
    .sort((a, b) => compareText(a.address, b.address))
    .slice(0, most.addresses);
}

function addressOf(report: AddressReport): AnnouncedAddress {
  const { address, state, mode, interfaces, since, reason, message, foreignMac } = report;
  // What is not claimed has no epoch: after a restart of all it is not waited for.
  return {
    address,
    protocol: "Layer2",
    state,
    mode,
    epoch: isClaimed(report) ? report.epoch : 0,
    interfaces: interfaces.slice(0, 64),
    since: rfc3339(since),
    reason: reason.slice(0, most.word),
    message: message.slice(0, most.message),
    ...(foreignMac === undefined ? {} : { foreignMAC: foreignMac }),
  };
}

function isClaimed({ state }: Pick<AnnouncedAddress, "state">): boolean {
  return state === "Announcing" || state === "Offering";
}

/** The addresses that a former process of this node claimed, as a new one takes them over. */
export function inheritedFrom(status: AnnouncerStatus | undefined): AnnouncedAddress[] {
  return (status?.addresses ?? [])
    .filter(({ epoch }) => epoch > 0)
    .map((each) => ({
      ...each,
      state: "Probing",
      reason: "Restarted",
      message: "The agent was started anew, and finds out whether the address is still its own",
    }));
}
