/** What advertisements of both protocols select, and whether that is anything. Pure. */
import { type NodeSelection, type PoolSelection, selectsPool } from "../../core/advertising/selects.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import { unknownNames } from "./names.ts";
import type { KnownPool } from "./pool-ranges.ts";
import type { Surroundings } from "./surroundings.ts";

export interface Selected {
  /** `undefined`: which there are is not known. */
  readonly pools: readonly KnownPool[] | undefined;
  readonly nodes: ReadonlySet<string> | undefined;
  readonly flaws: readonly Finding[];
}

export function selected(spec: PoolSelection & NodeSelection, around: Surroundings): Selected {
  const pools = around.pools?.filter((pool) => selectsPool(spec, pool));
  const nodes = around.nodesOf(spec);
  return { pools, nodes, flaws: [...poolFlaws(spec, pools, around), ...nodeFlaws(spec, nodes, around)] };
}

function poolFlaws(
  spec: PoolSelection,
  pools: Selected["pools"],
  { pools: all }: Surroundings,
): readonly Finding[] {
  if (all === undefined || pools === undefined) return [];
  const names = new Set(all.map(({ name }) => name));
  const unknown = unknownNames("spec.ipAddressPools", "IPAddressPool", spec.ipAddressPools, names);
  if (unknown !== undefined) return [unknown];
  if (pools.length > 0) return [];
  const message =
    all.length === 0
      ? "it selects nothing, for there is no IPAddressPool; create one"
      : "spec.ipAddressPoolSelectors: no IPAddressPool has labels that match, so nothing is announced by it";
  return [{ reason: "SelectsNothing", message }];
}

/** Also told where nodes are selected and none has an agent, for then nobody announces. */
export function nodeFlaws(
  { nodeSelectors = [] }: NodeSelection,
  nodes: ReadonlySet<string> | undefined,
  { agents }: Surroundings,
): readonly Finding[] {
  if (nodes === undefined) return [];
  if (nodes.size === 0) {
    const message =
      nodeSelectors.length === 0
        ? "it selects nothing, for there are no nodes"
        : "spec.nodeSelectors: no node has labels that match";
    return [{ reason: "SelectsNothing", message }];
  }
  if (agents === undefined || [...nodes].some((node) => agents.has(node))) return [];
  const count = nodes.size === 1 ? "the one node" : `any of the ${nodes.size} nodes`;
  return [
    {
      reason: "NoFitNode",
      message: `no agent runs on ${count} that it selects; run fairlead agent there, see docs/bare-metal.md`,
    },
  ];
}
