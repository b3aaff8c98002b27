/** Which nodes a node's heartbeats are sent to over the node network. Pure, and the same on every node. */
import { score, textHash } from "../protocol/rendezvous.ts";

/** So many nodes hear every node, however many there are: traffic per node does not grow with the cluster. */
const watchers = 5;

/** By rendezvous hashing: when a node comes or goes, only the lists change that it is on. */
export function watchersOf(node: string, nodes: readonly string[]): string[] {
  const own = textHash(node);
  return nodes
    .filter((other) => other !== node)
    .map((other) => ({ other, score: score(textHash(other), own) }))
    .sort((a, b) => b.score - a.score || (a.other < b.other ? -1 : 1))
    .slice(0, watchers)
    .map(({ other }) => other);
}
