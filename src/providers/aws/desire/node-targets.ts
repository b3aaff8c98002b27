/** The nodes as targets: who is registered at the node port, and whose security groups have to be opened. */
import type { Node } from "../../../api/kubernetes.ts";
import { eligibleNodes } from "../../../core/backends/nodes.ts";
import { quote } from "../../../core/quote.ts";
import type { AwsFacts } from "../model/facts.ts";
import { canonicalTargets, type Target } from "../model/resources.ts";

export interface NodeTargets {
  readonly targets: readonly Target[];
  /** Nodes that should take traffic and can't, each as a clause. */
  readonly leftOut: readonly string[];
  /** By instance id: the zone. */
  readonly zones: ReadonlyMap<string, string>;
}

export function nodeTargets(
  nodes: readonly Node[],
  labels: Readonly<Record<string, string>>,
  port: number,
  facts: AwsFacts,
): NodeTargets {
  const targets: Target[] = [];
  const leftOut: string[] = [];
  const zones = new Map<string, string>();
  for (const node of eligibleNodes(nodes, { labels }).nodes) {
    const id = instanceOf(node);
    const why = id === undefined ? noInstance(node) : unusable(id, facts);
    if (id === undefined || why !== undefined) {
      leftOut.push(`node ${node.metadata.name} ${why}`);
      continue;
    }
    targets.push({ id, port });
    zones.set(id, node.metadata.labels?.["topology.kubernetes.io/zone"] ?? "");
  }
  return { targets: canonicalTargets(targets), leftOut, zones };
}

/** The last part of a providerID such as "aws:///eu-west-1a/i-0a1b2c3d". */
export function instanceOf({ spec }: Node): string | undefined {
  const id = spec?.providerID?.split("/").at(-1);
  return id !== undefined && /^i-[0-9a-f]{1,32}$/.test(id) ? id : undefined;
}

function noInstance({ spec }: Node): string {
  return spec?.providerID === undefined || spec.providerID === ""
    ? "has no providerID yet"
    : `has the providerID ${quote(spec.providerID)}, which names no EC2 instance`;
}

function unusable(id: string, { instances, vpc }: AwsFacts): string | undefined {
  const instance = instances[id];
  if (instance === undefined) return `is the instance ${id}, which EC2 does not know`;
  return instance.vpc === vpc.id ? undefined : `is in the VPC ${instance.vpc}, not in ${vpc.id}`;
}
