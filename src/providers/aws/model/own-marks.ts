/** Marks that only reading and writing use, beside those that what is desired has in its tags. */
import { fingerprint } from "../../../core/plan/json.ts";
import { markKeys } from "./marks.ts";

export const ownMarkKeys = {
  /** On load balancers with a capacity reservation of ours: the others need not be asked for theirs. */
  capacity: "fairlead.io/capacity",
  /** On load balancers that were taken over: what listened there then, and so is taken over with it, were that interrupted. */
  taken: "fairlead.io/taken-listeners",
} as const;

/** Every key that marks something as ours. */
export const allMarkKeys: readonly string[] = [...Object.values(markKeys), ...Object.values(ownMarkKeys)];

/** 50 listeners, the most a load balancer has, fit into the value of a tag. */
export function takenListeners(arns: readonly string[]): string {
  return arns.map(listenerMark).sort().join(" ");
}

export function isTakenListener(mark: string | undefined, arn: string): boolean {
  return mark?.split(" ").includes(listenerMark(arn)) === true;
}

function listenerMark(arn: string): string {
  return fingerprint(arn, 4);
}
