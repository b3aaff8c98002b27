/** The condition types of our kinds, and what they are called on a Service. */

import { group } from "./names.ts";

/**
 * - `Accepted`: the object is valid and allowed; its spec, as it is now, is in force.
 * - `Programmed`: what it asks for exists and has its address.
 * - `Established`: all BGP sessions that it is to have are there.
 * - `Ready`: the agent of the node takes its part.
 * - `Degraded`: it works, but not in every way it was asked to.
 */
export const conditionTypes = ["Accepted", "Programmed", "Established", "Ready", "Degraded"] as const;
export type ConditionType = (typeof conditionTypes)[number];

/** On a Service these carry our prefix, for its conditions are shared with other controllers. */
export const serviceConditionTypes = {
  Programmed: `${group}/Programmed`,
  Degraded: `${group}/Degraded`,
} as const satisfies Partial<Record<ConditionType, string>>;
