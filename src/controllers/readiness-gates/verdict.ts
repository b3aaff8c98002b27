/** Whether load balancers hold a pod to be healthy, and how that is told in the pod's condition. Pure. */
import type { PodCondition } from "../../api/kubernetes.ts";
import type { PodTarget } from "../../core/backends/waiting-pods.ts";
import type { TargetHealth } from "../../providers/provider.ts";

export type Verdict =
  | { readonly healthy: true }
  | { readonly healthy: false; readonly reason: string; readonly message: string };

export const NOT_REGISTERED: Verdict = {
  healthy: false,
  reason: "RegistrationInProgress",
  message: "The pod is not among the targets of its load balancer yet",
};

/** Of one stack: wherever the pod is a target, it has to be healthy. */
export function verdictOf(targets: readonly PodTarget[], health: readonly TargetHealth[]): Verdict {
  const wanted = new Set(targets.map(nameOf));
  const own = health.filter((each) => wanted.has(nameOf(each)));
  if (own.length === 0) return NOT_REGISTERED;
  const sick = own.find(({ state }) => state !== "healthy");
  if (sick === undefined) return { healthy: true };
  const { state, reason = state, message } = sick;
  const more = message === undefined ? "" : `: ${message}`;
  return { healthy: false, reason, message: `The target ${nameOf(sick)} is ${state}${more}` };
}

/** Of all stacks that have the pod as a target: the first that is not content speaks. */
export function together(verdicts: readonly Verdict[]): Verdict {
  return verdicts.find(({ healthy }) => !healthy) ?? { healthy: true };
}

/** The condition, or undefined where the pod has it already. */
export function conditionFor(
  type: string,
  verdict: Verdict,
  before: PodCondition | undefined,
  now: string,
): PodCondition | undefined {
  const wanted = verdict.healthy
    ? { status: "True" as const, reason: "TargetHealthy", message: "" }
    : { status: "False" as const, reason: verdict.reason, message: verdict.message };
  const isSame =
    before?.status === wanted.status &&
    before.reason === wanted.reason &&
    (before.message ?? "") === wanted.message;
  if (isSame) return undefined;
  const lastTransitionTime = before?.status === wanted.status ? before.lastTransitionTime : now;
  return { type, ...wanted, lastTransitionTime };
}

function nameOf({ address, port }: PodTarget): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
