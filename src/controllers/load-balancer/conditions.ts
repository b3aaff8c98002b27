/** Turns what was decided about one LoadBalancer into its three conditions. Pure. */
import type { ConditionType } from "../../api/conditions.ts";
import type { Condition } from "../../api/meta.ts";
import type { Reason } from "../../api/reasons.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import type { Problem } from "../../providers/provider.ts";

export type UntimedCondition = Omit<Condition, "lastTransitionTime"> & { readonly type: ConditionType };

export interface Verdict {
  readonly generation: number;
  /** Why the spec, as it is now, is not accepted. */
  readonly refusal: Finding | undefined;
  /** Whether something accepted before goes on being served although the spec of now is refused. */
  readonly previousInForce: boolean;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Finding[];
  /** Whether there is an address in status. */
  readonly served: boolean;
  /** It is on its way out: what holds that up. */
  readonly leaving?: string | undefined;
}

const LONGEST_MESSAGE = 1024;

/**
 * - `Accepted` says whether the spec of this generation is in force.
 * - `Programmed` says whether there is an address; while there is none its reason is the first refusal or pending problem. What is on its way
 *   out is not programmed any more, though its address is still shown.
 * - `Degraded` says what is not as asked although there is an address: a refused edit, then the provider's problems, then warnings.
 *   All of them are told, the first gives the reason.
 */
export function conditionsOf(verdict: Verdict): UntimedCondition[] {
  const { refusal, generation } = verdict;
  const make = (type: ConditionType, status: "True" | "False", found: Finding): UntimedCondition => ({
    type,
    status,
    reason: found.reason,
    message: found.message.slice(0, LONGEST_MESSAGE),
    observedGeneration: generation,
  });
  const accepted =
    refusal === undefined ? make("Accepted", "True", ACCEPTED) : make("Accepted", "False", refusal);
  const pending = refusal ?? verdict.problems.find((problem) => problem.kind === "pending") ?? NOT_YET;
  const programmed = isGoing(verdict)
    ? make("Programmed", "False", { reason: "Deleting", message: verdict.leaving ?? "" })
    : verdict.served
      ? make("Programmed", "True", PROGRAMMED)
      : make("Programmed", "False", pending);
  const flaws = flawsOf(verdict);
  const [first] = flaws;
  const degraded =
    first === undefined
      ? make("Degraded", "False", AS_EXPECTED)
      : make("Degraded", "True", {
          reason: first.reason,
          message: flaws.map((flaw) => flaw.message).join("; "),
        });
  return [accepted, programmed, degraded];
}

/** One that never had an address has a reason of its own for having none. */
function isGoing({ leaving, served }: Verdict): boolean {
  return leaving !== undefined && served;
}

const ACCEPTED: Finding = { reason: "Accepted", message: "" };
const PROGRAMMED: Finding = { reason: "Programmed", message: "" };
const AS_EXPECTED: Finding = { reason: "AsExpected", message: "" };
const NOT_YET: Finding = { reason: "Pending", message: "no address has been given out yet" };

function flawsOf(verdict: Verdict): Finding[] {
  const flaws: Finding[] = [];
  if (verdict.refusal !== undefined && verdict.served) {
    const flagged: Reason = verdict.previousInForce ? "SpecRefused" : verdict.refusal.reason;
    const tail = verdict.previousInForce ? "; what was accepted before stays in force" : "";
    flaws.push({ reason: flagged, message: `${verdict.refusal.message}${tail}` });
  }
  for (const problem of verdict.problems) {
    // While something is served, a part that is still missing is a flaw of it.
    if (problem.kind === "degraded" || verdict.served) flaws.push(problem);
  }
  flaws.push(...verdict.warnings);
  return flaws;
}
