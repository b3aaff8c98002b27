/** Every annotation that the AWS Load Balancer Controller and the cloud controller of AWS know for a Service. */
import type { AnnotationTable } from "../../../core/translate/annotations.ts";
import { type AwsAnnotation, NLB_PREFIX, PREFIX } from "./entry.ts";
import { ATTRIBUTES } from "./table/attributes.ts";
import { KIND, TYPE_KEY } from "./table/kind.ts";
import { LISTENERS } from "./table/listeners.ts";
import { NETWORK } from "./table/network.ts";
import { TARGETS } from "./table/targets.ts";

/** In the order of the reference; of two with one target the first wins. */
export const AWS_ENTRIES: readonly AwsAnnotation[] = [
  ...KIND,
  ...NETWORK,
  ...LISTENERS,
  ...TARGETS,
  ...ATTRIBUTES,
];

/** Other clouds have annotations under service.beta.kubernetes.io/ too: only what is named for AWS is ours to explain. */
export const AWS_ANNOTATIONS: AnnotationTable = {
  prefixes: [NLB_PREFIX, `${PREFIX}actions.`],
  entries: AWS_ENTRIES,
};

/** Whether `claimTypes` of a class lists what a Service has in `aws-load-balancer-type`. */
export function claimsByAnnotation(
  annotations: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, unknown>>,
): boolean {
  const { claimTypes } = settings;
  const type = Object.hasOwn(annotations, TYPE_KEY) ? annotations[TYPE_KEY]?.trim() : undefined;
  return type !== undefined && Array.isArray(claimTypes) && claimTypes.includes(type);
}
