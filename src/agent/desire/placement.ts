/** Which nodes may announce which address, with the reason for every node that may not. Pure. */
import type { Node } from "../../api/kubernetes.ts";
import { selectsNode } from "../../core/advertising/selects.ts";
import { compareText } from "../../core/compare-text.ts";
import { matchesLabelSelector } from "../../core/label-selector.ts";
import type { Candidate, Layer2Mode } from "../world.ts";
import { type AdvertisementInForce, type Advertising, advertisingRules } from "./advertising.ts";
import { type GivenAddress, serviceKey } from "./given-addresses.ts";
import { commonNodes, type LocalState, localEndpoints } from "./local-endpoints.ts";
import { unfit } from "./node-fitness.ts";
import type { ClusterObjects, NodeRules } from "./objects.ts";
import { type OnLink, onLinkRules } from "./on-link.ts";
import { candidateOf, type Reach, reachOf } from "./reach.ts";
import type { AddressVerdict, NodeVerdict, NodeWord } from "./verdict.ts";

/** 32 advertisements of a weight of 100. */
const HIGHEST_PREFERENCE = 3200;

export interface PlacementInput extends NodeRules {
  readonly objects: ClusterObjects;
  /** How an address is or was announced, where an `Announcer` or this process knows of it. */
  readonly before: (address: string) => Layer2Mode | undefined;
}

export interface Placement {
  of(given: GivenAddress): Placed;
}

export interface Placed {
  readonly verdict: AddressVerdict;
  readonly mode: Layer2Mode;
  /** Addresses that may be announced by the same nodes have the same array. */
  readonly candidates: readonly Candidate[];
}

/** A node against which nothing stands but what its endpoints and its future say. */
interface Asked {
  readonly node: string;
  /** 0: nothing. Lower is taken, where there is any; higher only where there is no lower. */
  readonly reluctance: number;
  readonly word: NodeWord;
  readonly why: string;
  /** Undefined: it may not. */
  readonly reach: Reach | undefined;
}

type Settled = Omit<Asked, "reach"> & Pick<NodeVerdict, "candidate">;

interface Choice {
  readonly nodes: readonly NodeVerdict[];
  readonly candidates: readonly Candidate[];
}

export function placement({ objects, before, ...rules }: PlacementInput): Placement {
  const advertising = advertisingRules(objects, before);
  const nodes = new Map(objects.nodes.map((node) => [node.metadata.name ?? "", node]));
  const agents = new Set(objects.announcers.map(({ metadata }) => metadata.name ?? ""));
  const names = [...new Set([...nodes.keys(), ...agents])].sort(compareText);
  const objections = new Map(names.map((name) => [name, unfit(nodes.get(name), rules)]));
  const onLink = onLinkRules(objects.announcers);
  const choices = new Map<OnLink, Map<string, Choice>>();

  const ask = (
    name: string,
    by: Advertising["by"],
    local: ReadonlyMap<string, LocalState> | undefined,
    near: OnLink,
  ): Asked => {
    const no = (word: NodeWord, why: string): Asked => ({
      node: name,
      reluctance: Number.POSITIVE_INFINITY,
      word,
      why,
      reach: undefined,
    });
    const node = nodes.get(name);
    const objection = objections.get(name);
    if (!agents.has(name)) return no("NoAgent", "has no agent that has said anything");
    if (objection !== undefined && objection.word !== "Draining") return no(objection.word, objection.why);
    const selecting = by?.filter(({ spec }) => selectsNode(spec, node?.metadata.labels));
    if (selecting?.length === 0)
      return no(
        "NotSelected",
        `is selected by none of L2Advertisement ${by?.map((each) => each.name).join(", ")}`,
      );
    const endpoints = local === undefined ? "ready" : local.get(name);
    if (endpoints === undefined)
      return no("NoLocalEndpoint", "has no endpoint that takes traffic (externalTrafficPolicy: Local)");
    const reach = reachOf(name, selecting, {
      onLink: near.get(name) ?? [],
      preference: preferenceOf(node, selecting),
    });
    if (objection !== undefined)
      return { node: name, reluctance: endpoints === "ready" ? 2 : 3, ...objection, reach };
    if (endpoints === "terminating") {
      const why = "has only endpoints that are about to go (externalTrafficPolicy: Local)";
      return { node: name, reluctance: 1, word: "EndpointsTerminating", why, reach };
    }
    return { node: name, reluctance: 0, word: "MayAnnounce", why: "may announce it", reach };
  };

  const choose = (
    by: Advertising["by"],
    local: ReadonlyMap<string, LocalState> | undefined,
    near: OnLink,
  ): Choice => {
    const alike = choices.get(near) ?? new Map<string, Choice>();
    choices.set(near, alike);
    const key = JSON.stringify([
      by?.map(({ name }) => name) ?? null,
      local === undefined ? null : [...local].sort(([a], [b]) => compareText(a, b)),
    ]);
    const known = alike.get(key);
    if (known !== undefined) return known;
    const asked = withoutDistant(names.map((name) => ask(name, by, local, near)));
    const least = asked.reduce((lowest, { reluctance }) => Math.min(lowest, reluctance), Number.MAX_VALUE);
    const verdicts = asked.map((each) => verdictOf(each, least));
    const choice = { nodes: verdicts, candidates: verdicts.flatMap(({ candidate }) => candidate ?? []) };
    alike.set(key, choice);
    return choice;
  };

  return {
    of(given) {
      const { word, message, by, mode } = advertising.of(given);
      const verdict = {
        address: given.address,
        word,
        message,
        advertisements: by?.map(({ name }) => name) ?? [],
      };
      if (by?.length === 0) return { mode, candidates: [], verdict: { ...verdict, nodes: [] } };
      const local = localNodes(given, objects);
      const choice = choose(by, local, onLink(given.address));
      const { candidates } = choice;
      if (candidates.length > 0) return { mode, candidates, verdict: { ...verdict, nodes: choice.nodes } };
      const nothing = local?.size === 0 ? noEndpoints(given) : noFitNode(choice.nodes);
      return { mode, candidates, verdict: { ...verdict, ...nothing, nodes: choice.nodes } };
    },
  };
}

/** Undefined: every node takes traffic for it. */
function localNodes(
  { family, sharers }: GivenAddress,
  objects: ClusterObjects,
): ReadonlyMap<string, LocalState> | undefined {
  const keys = sharers.flatMap((sharer) => (sharer.policy === "Local" ? (serviceKey(sharer) ?? []) : []));
  if (keys.length === 0) return undefined;
  return commonNodes(keys.map((key) => localEndpoints(objects.endpointSlices(key), family)));
}

function preferenceOf(
  node: Node | undefined,
  selecting: readonly AdvertisementInForce[] | undefined = [],
): number {
  const weights = selecting.flatMap(({ spec }) =>
    (spec.preferredNodeSelectors ?? [])
      .filter(({ preference }) => matchesLabelSelector(preference, node?.metadata.labels))
      .map(({ weight }) => weight),
  );
  return Math.min(
    HIGHEST_PREFERENCE,
    weights.reduce((sum, weight) => sum + weight, 0),
  );
}

/** Who is not attached to the network of the address gives way to those who are, even to such as are about to go: clients are there. */
function withoutDistant(asked: readonly Asked[]): Settled[] {
  const someIsNear = asked.some(({ reach }) => reach?.isNear);
  return asked.map(({ reach, ...one }) => {
    const candidate = reach && candidateOf(reach, someIsNear);
    if (reach === undefined || candidate !== undefined) return { ...one, candidate };
    const why = "has no interface in the network of the address, and other nodes have";
    return { ...one, reluctance: Number.POSITIVE_INFINITY, word: "NotOnLink", why, candidate };
  });
}

function verdictOf({ node, reluctance, word, why, candidate }: Settled, least: number): NodeVerdict {
  if (candidate === undefined || reluctance > least) return { node, word, why, candidate: undefined };
  if (reluctance === 0) return { node, word, why, candidate };
  return { node, word: "LastResort", why: `${why}, and no other node may announce the address`, candidate };
}

function noEndpoints({ sharers }: GivenAddress): Pick<AddressVerdict, "word" | "message"> {
  const who = sharers.map((sharer) => serviceKey(sharer) ?? `${sharer.namespace}/${sharer.name}`).join(", ");
  const message = `no endpoint of ${who} takes traffic, and with externalTrafficPolicy: Local no node would pass it on`;
  return { word: "NoEndpoints", message };
}

function noFitNode(nodes: readonly NodeVerdict[]): Pick<AddressVerdict, "word" | "message"> {
  const [first] = nodes;
  if (first === undefined) return { word: "NoFitNode", message: "no node has an agent" };
  const more = nodes.length > 1 ? ` (and ${nodes.length - 1} more)` : "";
  return { word: "NoFitNode", message: `no node may announce it: node ${first.node} ${first.why}${more}` };
}
