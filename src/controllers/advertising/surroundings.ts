/** What advertisements and peers are looked at beside: pools, nodes and their agents. Pure. */

import type { Announcer } from "../../api/announcer.ts";
import type { Node } from "../../api/kubernetes.ts";
import { type NodeSelection, selectsNode } from "../../core/advertising/selects.ts";
import { someOf } from "../../core/some-of.ts";
import type { KnownPool } from "./pool-ranges.ts";

export interface Surroundings {
  /** `undefined`: which there are is not known. */
  readonly pools: readonly KnownPool[] | undefined;
  /** Names of the nodes that are selected; `undefined`: which there are is not known. */
  nodesOf(selection: NodeSelection): ReadonlySet<string> | undefined;
  /** By name of the node; `undefined`: not known. */
  readonly agents: ReadonlyMap<string, Announcer> | undefined;
}

export function surroundings(o: {
  readonly pools: readonly KnownPool[] | undefined;
  readonly nodes: readonly Node[] | undefined;
  readonly announcers: readonly Announcer[] | undefined;
}): Surroundings {
  const known = new WeakMap<NodeSelection, ReadonlySet<string>>();
  return {
    pools: o.pools,
    nodesOf(selection) {
      if (o.nodes === undefined) return undefined;
      const before = known.get(selection);
      if (before !== undefined) return before;
      const selected = o.nodes.filter(({ metadata }) => selectsNode(selection, metadata.labels));
      const names = new Set(selected.map(({ metadata }) => metadata.name ?? ""));
      known.set(selection, names);
      return names;
    },
    agents:
      o.announcers === undefined
        ? undefined
        : new Map(o.announcers.map((announcer) => [announcer.metadata.name ?? "", announcer])),
  };
}

/** Whether a node may be selected by both; where no nodes are known, it may be. */
export function meet(a: NodeSelection, b: NodeSelection, around: Surroundings): boolean {
  const [ofA, ofB] = [around.nodesOf(a), around.nodesOf(b)];
  if (ofA === undefined || ofB === undefined) return true;
  return !ofA.isDisjointFrom(ofB);
}

/** Names of nodes in a message: some, and how many more. */
export function someNodes(names: Iterable<string>): string {
  return someOf([...names].sort(), MOST_SHOWN);
}

const MOST_SHOWN = 5;
