/** Puts nodes in an order that keeps every edge and does not depend on the order of the input. */

import { compareText } from "../compare-text.ts";
import { rulesOf, type World } from "./decide.ts";
import type { Node, Nodes } from "./nodes.ts";

/** In rounds: all that is free, then all that became free. Throws on a circle, naming the operations in it. */
export function sequence(world: World, nodes: Nodes): readonly Node[] {
  const open = new Map([...nodes.byKey].map(([key, node]) => [key, node.after.size]));
  const followers = new Map<string, Node[]>();
  for (const node of nodes.byKey.values()) {
    for (const key of node.after) {
      const list = followers.get(key);
      if (list === undefined) followers.set(key, [node]);
      else list.push(node);
    }
  }
  const rank = ({ operation }: Node): number => rulesOf(world, operation.kind).order ?? 0;
  const byRank = (a: Node, b: Node): number =>
    rank(a) - rank(b) || compareText(a.operation.key, b.operation.key);
  const order: Node[] = [];
  let round = [...nodes.byKey.values()].filter(({ after }) => after.size === 0).sort(byRank);
  while (round.length > 0) {
    order.push(...round);
    const next: Node[] = [];
    for (const { operation } of round) {
      for (const follower of followers.get(operation.key) ?? []) {
        const left = (open.get(follower.operation.key) ?? 0) - 1;
        open.set(follower.operation.key, left);
        if (left === 0) next.push(follower);
      }
    }
    round = next.sort(byRank);
  }
  if (order.length < nodes.byKey.size)
    throw new Error(`Operations in a circle: ${circle(nodes, open).join(" -> ")}`);
  return order;
}

function circle(nodes: Nodes, open: ReadonlyMap<string, number>): string[] {
  const path: string[] = [];
  const stuck = (key: string): boolean => (open.get(key) ?? 0) > 0;
  let key = [...open.keys()].find(stuck);
  while (key !== undefined && !path.includes(key)) {
    path.push(key);
    key = [...(nodes.byKey.get(key)?.after ?? [])].find(stuck);
  }
  return key === undefined ? path : [...path.slice(path.indexOf(key)), key];
}
