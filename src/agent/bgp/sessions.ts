/** The BGP sessions of one node, from BGPPeers. Pure. */
import type { BGPPeerSpec } from "../../api/bgp-peer.ts";
import { selectsNode } from "../../core/advertising/selects.ts";
import { specInForce } from "../../core/advertising/spec-in-force.ts";
import { vrfOf } from "../../core/advertising/vrf-of.ts";
import { compareText } from "../../core/compare-text.ts";
import { formatAddress, type IPFamily, parseAddress } from "../../core/ip/address.ts";
import { type Accepted, accepted } from "./accepted.ts";
import type { BgpInput, BgpProblem, Password } from "./input.ts";
import { routerIDOf } from "./router-id.ts";
import { type SessionTimers, timersOf } from "./timers.ts";
import { usablePassword } from "./usable-password.ts";

export interface SessionPlan {
  /** Name of the BGPPeer. */
  readonly peer: string;
  readonly to: Neighbor;
  /** undefined: the default VRF. */
  readonly vrf: string | undefined;
  readonly myASN: number;
  readonly remoteAS: number | "internal" | "external";
  readonly localASN: number | undefined;
  readonly port: number;
  /** Canonical. */
  readonly sourceAddress: string | undefined;
  /** Of the node, in this VRF. */
  readonly routerID: string;
  readonly timers: SessionTimers;
  readonly password: string | undefined;
  /** There is a password that is not known now: the session goes on with the one that FRR has. */
  readonly isPasswordUnread: boolean;
  readonly bfdProfile: string | undefined;
  readonly gracefulRestart: boolean;
  readonly multihop: boolean;
  /** Of the routes that it carries. */
  readonly families: readonly IPFamily[];
}

export type Neighbor =
  | { readonly by: "address"; readonly address: string; readonly family: IPFamily }
  | { readonly by: "interface"; readonly name: string };

interface Read {
  /** By name of the BGPPeer. */
  readonly sessions: readonly SessionPlan[];
  readonly problems: readonly BgpProblem[];
}

/** How the daemon and people name the other side. */
export function neighborName(to: Neighbor): string {
  return to.by === "address" ? to.address : to.name;
}

/** Of two peers that contradict each other on this node the older one holds. */
export function sessionsOf({ node, peers, passwords, profiles }: BgpInput): Read {
  const sessions: SessionPlan[] = [];
  const problems: BgpProblem[] = [];
  const profileNames = new Set(profiles.map(({ metadata }) => metadata.name));
  const usualID = routerIDOf(node);
  for (const peer of accepted(peers, specInForce)) {
    if (!selectsNode(peer.spec, node.labels)) continue;
    const say = (message: string) => problems.push({ kind: "BGPPeer", name: peer.name, message });
    const read = sessionOf(peer);
    const refused = typeof read === "string" ? read : contradiction(read, sessions, usualID);
    if (typeof read === "string" || refused !== undefined) {
      say(`${refused}; there is no session with it on this node`);
      continue;
    }
    const secret = peer.spec.passwordSecret?.name;
    const password = secret === undefined ? undefined : passwordOf(secret, passwords);
    const isPasswordUnread = password?.ok === false && password.unread === true;
    if (isPasswordUnread)
      say(
        `${password.message}; its session goes on if there was one on this node, and does not begin until then`,
      );
    else if (password?.ok === false) {
      // Never without: a router that wants a password would not answer, and one that wants none must not be trusted.
      say(`${password.message}; there is no session with it on this node until then`);
      continue;
    }
    if (password?.ok === true && password.stale !== undefined)
      say(`Secret ${secret} ${password.stale}; the session goes on with the password that it had`);
    const profile = peer.spec.bfdProfile;
    const knowsProfile = profile === undefined || profileNames.has(profile);
    if (!knowsProfile) say(`BFDProfile ${profile} does not exist; the session has no BFD until it does`);
    sessions.push({
      ...read,
      routerID: besides(read, sessions)[0]?.routerID ?? read.routerID ?? usualID,
      password: password?.ok === true ? password.text : undefined,
      isPasswordUnread,
      bfdProfile: knowsProfile ? profile : undefined,
    });
  }
  return { sessions: sessions.sort((a, b) => compareText(a.peer, b.peer)), problems };
}

interface ReadPeer extends Omit<SessionPlan, "routerID" | "password" | "isPasswordUnread" | "bfdProfile"> {
  /** As asked for. */
  readonly routerID: string | undefined;
}

function sessionOf({ name, spec }: Accepted<BGPPeerSpec>): ReadPeer | string {
  const to = neighborOf(spec);
  if (typeof to === "string") return to;
  const { sourceAddress, routerID } = spec;
  const vrf = vrfOf(spec);
  if (vrf !== undefined && !isInterfaceName(vrf)) return `spec.vrf "${vrf}" is no name of an interface`;
  const source = sourceAddress === undefined ? undefined : parseAddress(sourceAddress);
  if (source?.ok === false) return `spec.sourceAddress: ${source.message}`;
  if (routerID !== undefined && !isRouterID(routerID))
    return `spec.routerID "${routerID}" is no IPv4 address`;
  const remoteAS = spec.peerASN ?? spec.dynamicASN;
  if (remoteAS === undefined) return "Neither spec.peerASN nor spec.dynamicASN is set";
  const both = to.by === "interface" || spec.dualStackAddressFamily;
  return {
    peer: name,
    to,
    vrf,
    myASN: spec.myASN,
    remoteAS: remoteAS === spec.myASN ? "internal" : remoteAS,
    localASN: spec.localASN,
    port: spec.peerPort ?? 179,
    sourceAddress: source === undefined ? undefined : formatAddress(source.address),
    routerID,
    timers: timersOf(spec),
    gracefulRestart: spec.enableGracefulRestart ?? false,
    multihop: spec.ebgpMultiHop ?? false,
    families: both ? ["IPv4", "IPv6"] : [to.family],
  };
}

function neighborOf({ peerAddress, interface: name }: BGPPeerSpec): Neighbor | string {
  if (name !== undefined)
    return isInterfaceName(name)
      ? { by: "interface", name }
      : `spec.interface "${name}" is no name of an interface`;
  const parsed = parseAddress(peerAddress ?? "");
  if (!parsed.ok) return `spec.peerAddress: ${parsed.message}`;
  return { by: "address", address: formatAddress(parsed.address), family: parsed.address.family };
}

function isRouterID(text: string): boolean {
  const parsed = parseAddress(text);
  return parsed.ok && parsed.address.family === "IPv4";
}

/** Stricter than the API server: it becomes a word of a configuration file. */
function isInterfaceName(text: string): boolean {
  return /^[!-.0-9;-~]{1,15}$/.test(text);
}

/** `older`: the oldest first. */
function contradiction(
  session: ReadPeer,
  older: readonly SessionPlan[],
  usualID: string,
): string | undefined {
  const beside = besides(session, older);
  const name = neighborName(session.to);
  const same = beside.find(({ to }) => neighborName(to) === name);
  if (same !== undefined) return `BGPPeer ${same.peer}, which is older, is already for ${name}`;
  const [oldest] = beside;
  if (oldest === undefined) return undefined;
  const where = session.vrf === undefined ? "" : ` in VRF ${session.vrf}`;
  if (oldest.myASN !== session.myASN)
    return `This node is in AS ${oldest.myASN}${where} by BGPPeer ${oldest.peer}, which is older, and can't be in AS ${session.myASN} too: use localASN to be seen as another AS by one peer`;
  if (session.routerID === undefined || session.routerID === oldest.routerID) return undefined;
  const whose = oldest.routerID === usualID ? ", the usual one," : "";
  return `spec.routerID: this node has the router ID ${oldest.routerID}${whose}${where} by BGPPeer ${oldest.peer}, which is older, and can't have ${session.routerID} too: leave it out, or give both the same`;
}

function besides(
  { vrf }: Pick<SessionPlan, "vrf">,
  sessions: readonly SessionPlan[],
): readonly SessionPlan[] {
  return sessions.filter((each) => each.vrf === vrf);
}

/** `message`: a whole sentence. */
function passwordOf(secret: string, passwords: BgpInput["passwords"]): Password {
  const password = usablePassword(passwords.get(secret) ?? { ok: false, message: "does not exist" });
  return password.ok ? password : { ...password, message: `Secret ${secret} ${password.message}` };
}
