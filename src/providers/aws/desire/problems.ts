/** What is wrong with one member. */
import type { Reason } from "../../../api/reasons.ts";
import type { Problem } from "../../provider.ts";

/** There is no load balancer for it. */
export function pending(reason: Reason, message: string): Problem {
  return { kind: "pending", reason, message };
}

/** It works, but not as asked. */
export function degraded(reason: Reason, message: string): Problem {
  return { kind: "degraded", reason, message };
}

export function isPending({ kind }: Problem): boolean {
  return kind === "pending";
}

/** What was decided, or why it can't be. */
export type Decided<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

export const decided = <T>(value: T): Decided<T> => ({ ok: true, value });
export const undecided = (problem: Problem): { readonly ok: false; readonly problem: Problem } => ({
  ok: false,
  problem,
});
