/**
 * Which nodes take the traffic of load balancers. Pure.
 *
 * The rules are those of Kubernetes' service controller (k8s.io/cloud-provider, KEP-3458: a node that is not ready for a moment does not
 * leave, a node that goes away does) and of the AWS Load Balancer Controller (`IsNodeSuitableAsTrafficProxy`, `EndpointsFailOpen`).
 */
import type { Node } from "../../api/kubernetes.ts";
import { compareText } from "../compare-text.ts";

export interface NodeChoice {
  /** By name. Cordoned nodes are among them: what runs on them still runs. */
  readonly nodes: readonly Node[];
  /** The others, by name, with the reason, as it follows "node x ". */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
  /** No node is Ready: those whose state is not known are taken instead, for they may work still. */
  readonly failsOpen: boolean;
}

export interface NodeFilter {
  /** Labels that a node has to have, with these values. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** Any of these keeps a node out, whatever its value. */
const EXCLUDING_LABELS = [
  "node.kubernetes.io/exclude-from-external-load-balancers",
  "alpha.service-controller.kubernetes.io/exclude-balancer",
  "node-role.kubernetes.io/master",
];

/** Fargate's nodes have no ports of their own. */
const COMPUTE_TYPE = "eks.amazonaws.com/compute-type";

/** Taints of nodes that are about to go; without an effect: any. */
const LEAVING_TAINTS: readonly { readonly key: string; readonly effect?: string }[] = [
  { key: "ToBeDeletedByClusterAutoscaler" },
  { key: "karpenter.sh/disrupted", effect: "NoSchedule" },
];

export function eligibleNodes(nodes: readonly Node[], filter: NodeFilter = {}): NodeChoice {
  const sorted = nodes.toSorted((a, b) => compareText(nameOf(a), nameOf(b)));
  const reasons = new Map(sorted.map((node) => [node, keptOut(node, filter)]));
  const allowed = sorted.filter((node) => reasons.get(node) === undefined);
  const ready = allowed.filter((node) => readiness(node) === "True");
  const unknown = allowed.filter((node) => readiness(node) === "Unknown");
  const failsOpen = ready.length === 0 && unknown.length > 0;
  const taken = new Set(failsOpen ? unknown : ready);
  return {
    nodes: [...taken],
    leftOut: sorted
      .filter((node) => !taken.has(node))
      .map((node) => ({ name: nameOf(node), why: reasons.get(node) ?? notReady(node) })),
    failsOpen,
  };
}

/** Whether a taint keeps a node from taking traffic. */
export function isLeavingTaint({ key, effect }: { key: string; effect: string }): boolean {
  return LEAVING_TAINTS.some((each) => each.key === key && (each.effect ?? effect) === effect);
}

function keptOut(node: Node, { labels: wanted = {} }: NodeFilter): string | undefined {
  const { deletionTimestamp, labels = {} } = node.metadata;
  if (deletionTimestamp !== undefined) return "is being deleted";
  const excluding = EXCLUDING_LABELS.find((label) => labels[label] !== undefined);
  if (excluding !== undefined) return `has the label ${excluding}`;
  if (labels[COMPUTE_TYPE] === "fargate") return `has the label ${COMPUTE_TYPE}=fargate`;
  const taint = node.spec?.taints?.find(isLeavingTaint);
  if (taint !== undefined) return `is about to go: it has the taint ${taint.key}:${taint.effect}`;
  const missing = Object.entries(wanted).find(([label, value]) => labels[label] !== value);
  return missing === undefined ? undefined : `has not the label ${missing.join("=")}`;
}

type Readiness = "True" | "False" | "Unknown" | "Missing";

function readiness({ status }: Node): Readiness {
  return status?.conditions?.find(({ type }) => type === "Ready")?.status ?? "Missing";
}

function notReady(node: Node): string {
  const state = readiness(node);
  switch (state) {
    case "Missing":
      return "has not said yet whether it is ready";
    case "Unknown":
      return "is not heard of (Ready=Unknown), while others are ready";
    default:
      return `is not ready (Ready=${state})`;
  }
}

function nameOf({ metadata }: Node): string {
  return metadata.name ?? "";
}
