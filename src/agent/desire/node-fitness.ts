/** Whether a node may announce anything at all. Pure. */
import type { Node } from "../../api/kubernetes.ts";
import type { NodeRules } from "./objects.ts";
import type { NodeWord } from "./verdict.ts";

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#node-kubernetes-io-exclude-from-external-load-balancers */
const EXCLUDE_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers";

export interface Unfit {
  readonly word: NodeWord;
  readonly why: string;
}

/**
 * Undefined: it may. Cordoned nodes and nodes that are not Ready are not kept out: a kubelet that is silent says nothing of the network,
 * and whether the agent lives is known better from itself.
 */
export function unfit(node: Node | undefined, rules: NodeRules): Unfit | undefined {
  if (node === undefined) return { word: "NodeGone", why: "is no Node of the cluster any more" };
  if (node.metadata.deletionTimestamp !== undefined) return { word: "Draining", why: "is being deleted" };
  if (!rules.ignoreExcludeLabel && node.metadata.labels?.[EXCLUDE_LABEL] !== undefined)
    return { word: "ExcludedByLabel", why: `has the label ${EXCLUDE_LABEL}` };
  const network = node.status?.conditions?.find(({ type }) => type === "NetworkUnavailable");
  if (network?.status === "True")
    return { word: "NetworkUnavailable", why: "has no network yet (NetworkUnavailable=True)" };
  const taint = node.spec?.taints?.find(({ key }) => rules.drainTaints.includes(key));
  if (taint !== undefined) return { word: "Draining", why: `is about to go: it has the taint ${taint.key}` };
  return undefined;
}
