/**
 * Decides which specs of one kind are in force where objects can stand in each other's way. Pure.
 *   What was accepted stays, whatever others became since.
 *   Of new specs the older object's is looked at first; one that can't stand beside what is in force is refused, and what was accepted of it
 *   before stays. It is looked at again when another gives way.
 */
import { compareOrder } from "../../core/order.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import { equal } from "../../runtime/patch/merge-diff.ts";

export interface Candidate<Spec> {
  readonly name: string;
  /** Made by `orderOf`. */
  readonly order: string;
  readonly wanted: Spec;
  /** As recorded. */
  readonly accepted: Spec | undefined;
}

export interface Verdict<Spec> {
  readonly inForce: Spec | undefined;
  /** Why the spec of now is not what is in force. */
  readonly refusal: Finding | undefined;
  /** Why what is in force has not its full effect: the older wins. */
  readonly flaw: Finding | undefined;
}

/** What of an object is in force, with its place in the order of age. */
export interface InForce<Spec> {
  readonly name: string;
  readonly order: string;
  readonly spec: Spec;
}

/** What stands against a spec of this name beside what is in force of others; `order`: its own. */
export type Against<Spec> = (
  name: string,
  spec: Spec,
  others: Iterable<InForce<Spec>>,
  order: string,
) => Finding | undefined;

export function acceptInOrder<Spec>(
  candidates: readonly Candidate<Spec>[],
  against: Against<Spec>,
): ReadonlyMap<string, Verdict<Spec>> {
  const byAge = [...candidates].sort((a, b) => compareOrder(a.order, b.order));
  const inForce = new Map<string, InForce<Spec>>();
  for (const { name, order, accepted } of byAge)
    if (accepted !== undefined) inForce.set(name, { name, order, spec: accepted });
  const others = (name: string) => inForce.values().filter((each) => each.name !== name);
  const refusals = new Map<string, Finding>();
  let open = byAge.filter(({ wanted, accepted }) => accepted === undefined || !equal(wanted, accepted));
  for (let gaveWay = true; gaveWay; ) {
    gaveWay = false;
    const waiting: Candidate<Spec>[] = [];
    for (const candidate of open) {
      const { name, order, wanted } = candidate;
      // From the top again: what was given up is offered to the oldest first.
      const refusal = gaveWay ? undefined : against(name, wanted, others(name), order);
      if (gaveWay || refusal !== undefined) {
        waiting.push(candidate);
        if (refusal !== undefined) refusals.set(name, refusal);
        continue;
      }
      gaveWay = inForce.has(name);
      inForce.set(name, { name, order, spec: wanted });
      refusals.delete(name);
    }
    open = waiting;
  }
  return new Map(
    byAge.map(({ name, order }) => {
      const spec = inForce.get(name)?.spec;
      const older = others(name).filter((each) => compareOrder(each.order, order) < 0);
      const flaw = spec === undefined ? undefined : against(name, spec, older, order);
      return [name, { inForce: spec, refusal: refusals.get(name), flaw }];
    }),
  );
}
