/** The security groups of nodes (and of pods, which share them) that have to let load balancers in. */
import type { Problem, Stack } from "../../provider.ts";
import type { AwsFacts } from "../model/facts.ts";
import { instanceOf } from "./node-targets.ts";
import { degraded } from "./problems.ts";
import type { View } from "./view.ts";

export interface NodeGroups {
  /** Sorted. */
  readonly groups: readonly string[];
  readonly problems: readonly Problem[];
}

/** Those that the class names; else of each node the only one, or the one that is tagged for the cluster. */
export function nodeGroups({ cls }: View, stack: Stack, facts: AwsFacts): NodeGroups {
  if (cls.nodeSecurityGroups !== undefined)
    return { groups: cls.nodeSecurityGroups.toSorted(), problems: [] };
  const groups = new Set<string>();
  const unclear: string[] = [];
  for (const node of stack.nodes) {
    const id = instanceOf(node);
    const instance = id === undefined ? undefined : facts.instances[id];
    if (instance === undefined || instance.vpc !== facts.vpc.id) continue;
    const tagged = instance.securityGroups.filter(({ clusterTagged }) => clusterTagged);
    const [only, ...others] = instance.securityGroups.length === 1 ? instance.securityGroups : tagged;
    if (only !== undefined && others.length === 0) groups.add(only.id);
    else if (instance.securityGroups.length > 0)
      unclear.push(`${id} has ${instance.securityGroups.length}, ${tagged.length} of them tagged`);
  }
  return { groups: [...groups].sort(), problems: problemsOf(unclear) };
}

function problemsOf(unclear: readonly string[]): Problem[] {
  const [first, ...others] = unclear.toSorted();
  if (first === undefined) return [];
  const more = others.length === 0 ? "" : ` (and ${others.length} more instances)`;
  return [
    degraded(
      "MissingReference",
      `it is not clear which security group of the instance is to be opened: ${first}${more}; tag exactly one with kubernetes.io/cluster/<name>, or name them in nodeSecurityGroups of the class`,
    ),
  ];
}
