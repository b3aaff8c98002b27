/** The world as the objects of the cluster have it. Pure. */
import type { Announcer } from "../../api/announcer.ts";
import type { Node } from "../../api/kubernetes.ts";
import { compareText } from "../../core/compare-text.ts";
import { formatAddress, parseAddress } from "../../core/ip/address.ts";
import type { Candidate, Layer2Mode, RecordedClaim, World, WorldAddress, WorldNode } from "../world.ts";
import type { GivenAddress } from "./given-addresses.ts";
import type { ClusterObjects, NodeRules } from "./objects.ts";
import { placement } from "./placement.ts";
import type { AddressVerdict } from "./verdict.ts";

export interface DesireInput extends NodeRules {
  readonly cluster: string;
  readonly node: string;
  readonly objects: ClusterObjects;
  /** Of these objects. */
  readonly given: readonly GivenAddress[];
  /** Of this process: the cache may have an older one. */
  readonly incarnation: number;
  /** What this node's Announcer recorded before this process wrote to it; undefined once that is history. */
  readonly recorded: readonly RecordedClaim[] | undefined;
  /** What was made last: what has not changed is the same object again. */
  readonly before: World | undefined;
}

export interface Desire {
  readonly world: World;
  /** By address, for addresses that are given out, announced or not. */
  readonly verdicts: ReadonlyMap<string, AddressVerdict>;
}

export function desire(input: DesireInput): Desire {
  const { objects, cluster, node, before } = input;
  const modes = modesBefore(objects.announcers, before);
  const rules = placement({ ...input, before: (address) => modes.get(address) });
  const verdicts = new Map<string, AddressVerdict>();
  const addresses: WorldAddress[] = [];
  const reuse = reuseCandidates(before);
  for (const given of input.given) {
    const { verdict, mode, candidates } = rules.of(given);
    verdicts.set(given.address, verdict);
    const nobodyMay = verdict.nodes.length === 0;
    // One whose nodes are all unfit for now stays in the world: who holds it says so, and it is not forgotten how it was announced.
    if (!nobodyMay) addresses.push({ address: given.address, mode, candidates: reuse(candidates) });
  }
  return { world: { cluster, node, nodes: worldNodes(input), addresses }, verdicts };
}

function worldNodes({ objects, node, incarnation, recorded }: DesireInput): WorldNode[] {
  const nodes = new Map(objects.nodes.map((each) => [each.metadata.name ?? "", each]));
  const others = objects.announcers
    .filter(({ metadata }) => metadata.name !== node)
    .map(
      (announcer): WorldNode => ({
        name: announcer.metadata.name ?? "",
        internalIPs: internalIPs(nodes.get(announcer.metadata.name ?? "")),
        incarnation: announcer.status?.incarnation ?? 0,
        macs: macsOf(announcer),
        recorded: recordedBy(announcer),
      }),
    );
  const own = objects.announcers.find(({ metadata }) => metadata.name === node);
  const self: WorldNode = {
    name: node,
    internalIPs: internalIPs(nodes.get(node)),
    incarnation,
    macs: own === undefined ? [] : macsOf(own),
    recorded: recorded ?? (own === undefined ? [] : recordedBy(own)),
  };
  return [self, ...others].sort((a, b) => compareText(a.name, b.name));
}

/** What was claimed. An address that is only asked for, or in conflict, has no epoch. */
export function recordedBy({ status }: Pick<Announcer, "status">): RecordedClaim[] {
  return (status?.addresses ?? [])
    .filter(({ epoch }) => epoch > 0)
    .map(({ address, epoch }) => ({ address, epoch }));
}

function macsOf({ status }: Announcer): string[] {
  return (status?.interfaces ?? []).flatMap(({ mac }) => (mac === undefined || mac === "" ? [] : [mac]));
}

/** The first of each family. */
function internalIPs(node: Node | undefined): string[] {
  const found = new Map<string, string>();
  for (const { type, address } of node?.status?.addresses ?? []) {
    const parsed = type === "InternalIP" ? parseAddress(address) : undefined;
    if (parsed?.ok !== true || found.has(parsed.address.family)) continue;
    found.set(parsed.address.family, formatAddress(parsed.address));
  }
  return [...found.values()];
}

/** An address that is announced by somebody, or that this process knew, with its mode. */
function modesBefore(announcers: readonly Announcer[], before: World | undefined): Map<string, Layer2Mode> {
  const modes = new Map(before?.addresses.map(({ address, mode }) => [address, mode]));
  for (const { status } of announcers)
    for (const { address, epoch, mode } of status?.addresses ?? [])
      if (epoch > 0 && !modes.has(address)) modes.set(address, mode);
  return modes;
}

/** Gives the array of the world before where it says the same, so that unchanged worlds are cheap to tell from changed ones. */
function reuseCandidates(
  before: World | undefined,
): (candidates: readonly Candidate[]) => readonly Candidate[] {
  const known = new Map<string, readonly Candidate[]>();
  const seen = new Map<readonly Candidate[], readonly Candidate[]>();
  for (const candidates of new Set(before?.addresses.map((each) => each.candidates)))
    known.set(JSON.stringify(candidates), candidates);
  return (candidates) => {
    const before = seen.get(candidates);
    if (before !== undefined) return before;
    const text = JSON.stringify(candidates);
    const reused = known.get(text) ?? candidates;
    known.set(text, reused);
    seen.set(candidates, reused);
    return reused;
  };
}

/** Whether two worlds say the same. Cheap where candidates are the same arrays, as `desire` makes them. */
export function sameWorld(a: World, b: World): boolean {
  return (
    a.cluster === b.cluster &&
    a.addresses.length === b.addresses.length &&
    a.addresses.every((one, at) => {
      const other = b.addresses[at];
      return one.address === other?.address && one.mode === other.mode && one.candidates === other.candidates;
    }) &&
    JSON.stringify(a.nodes) === JSON.stringify(b.nodes)
  );
}
