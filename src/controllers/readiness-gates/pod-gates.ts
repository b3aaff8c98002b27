/** What a pod's readiness gates say (KEP-580). Pure. */
import type { Pod, PodCondition } from "../../api/kubernetes.ts";
import { readinessGatePrefix } from "../../api/names.ts";
import type { GraphProvider } from "../../providers/provider.ts";

export interface PodGates {
  /** All gates that the pod declares, with the condition where there is one. They can't be changed while the pod lives. */
  readonly gates: readonly { readonly type: string; readonly condition: PodCondition | undefined }[];
  readonly containersReady: boolean;
  readonly ready: boolean;
}

/** Beginnings of the gates that this provider answers for. */
export function gatePrefixes(provider: Pick<GraphProvider, "targetHealth" | "readinessGates">): string[] {
  return provider.targetHealth === undefined ? [] : [readinessGatePrefix, ...(provider.readinessGates ?? [])];
}

export function gatesOf({ spec, status }: Pod): PodGates {
  const condition = (type: string) => status?.conditions?.find((each) => each.type === type);
  return {
    gates: (spec?.readinessGates ?? []).map(({ conditionType: type }) => ({
      type,
      condition: condition(type),
    })),
    containersReady: condition("ContainersReady")?.status === "True",
    ready: condition("Ready")?.status === "True",
  };
}

export function declares({ gates }: PodGates, prefixes: readonly string[]): boolean {
  return gates.some(({ type }) => startsWithOne(type, prefixes));
}

/** Those of these prefixes that are not True. */
export function shutGates({ gates }: PodGates, prefixes: readonly string[]): PodGates["gates"] {
  return gates.filter((gate) => startsWithOne(gate.type, prefixes) && !isOpen(gate));
}

/**
 * Whether nothing but gates, ours or anybody's, keeps the pod from being ready. Where all are open and it is not ready all the same, its node
 * is not heard of: the node controller takes the readiness away and leaves the containers' as it was.
 */
function waitsForGates({ gates, containersReady }: PodGates): boolean {
  return containersReady && gates.some((gate) => !isOpen(gate));
}

function isOpen({ condition }: PodGates["gates"][number]): boolean {
  return condition?.status === "True";
}

function startsWithOne(type: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => type.startsWith(prefix));
}

/** One look at a pod, in the light of the one before. */
export interface Look {
  readonly gates: PodGates;
  /** It is to be a target although it is not ready. */
  readonly takesTraffic: boolean;
  /** All gates are open and it is not ready all the same; for a moment that is so before the kubelet has seen the last one open. */
  readonly isDoubtful: boolean;
}

/** Doubt counts only when it is there at two looks in a row, or at the first. */
export function lookAt(pod: Pod, before?: Look): Look {
  const gates = gatesOf(pod);
  const isFit = waitsForGates(gates) || (gates.containersReady && gates.ready);
  const isDoubtful = gates.containersReady && !isFit;
  const wasFit = before?.takesTraffic === true && !before.isDoubtful;
  return { gates, isDoubtful, takesTraffic: isFit || (isDoubtful && wasFit) };
}
