/** Drift as data to be printed. Pure. */

import type { DriftedField, FoundDrift, StackDrift } from "../../controllers/drift/find-drift.ts";

export type { DriftedField } from "../../controllers/drift/find-drift.ts";

interface About {
  readonly className: string;
  readonly stack: string;
  /** Load balancers share it. */
  readonly shared: boolean;
}

export interface DriftedStack extends About {
  /** The controller puts it back when it verifies the stack the next time; else its class only reports it. */
  readonly repaired: boolean;
  readonly fields: readonly DriftedField[];
}

export interface DriftReport {
  /** How many stacks were compared, shared ones among them. */
  readonly compared: number;
  /** Those that differ from what was applied. */
  readonly drifted: readonly DriftedStack[];
  /** What a status tells of, and is not so any more: the controller will find that too. */
  readonly gone: readonly (About & { readonly kind: string; readonly id: string; readonly field: string })[];
  /** The controller has still work to do on these, so that what differs may be its own. */
  readonly unsettled: readonly (About & { readonly differences: number })[];
  readonly unknown: readonly (About & { readonly message: string })[];
}

export function reportOn({ stacks, shared }: FoundDrift): DriftReport {
  const all = [
    ...stacks.map((each) => ({ each, about: aboutIt(each, false) })),
    ...shared.map((each) => ({ each, about: aboutIt(each, true) })),
  ];
  return {
    compared: all.filter(({ each }) => isCompared(each)).length,
    drifted: all.flatMap(({ each, about }) =>
      each.state === "compared" && each.drift.length > 0
        ? [{ ...about, repaired: each.repaired, fields: each.drift }]
        : [],
    ),
    gone: all.flatMap(({ each, about }) =>
      each.state === "compared"
        ? each.gone.map(({ kind, id, field }) => ({ ...about, kind, id, field }))
        : [],
    ),
    unsettled: all.flatMap(({ each, about }) =>
      each.state === "unsettled" && each.differences > 0 ? [{ ...about, differences: each.differences }] : [],
    ),
    unknown: all.flatMap(({ each, about }) =>
      each.state === "unknown" ? [{ ...about, message: each.message }] : [],
    ),
  };
}

/** Where nothing differs it does not matter whether work is still to come. */
function isCompared(each: StackDrift): boolean {
  return each.state === "compared" || (each.state === "unsettled" && each.differences === 0);
}

function aboutIt({ className, stack }: StackDrift, shared: boolean): About {
  return { className, stack, shared };
}

/** Whether something differs, or is not known. What the controller still works on is neither. */
export function isTroubled({ drifted, unknown }: DriftReport): boolean {
  return drifted.length + unknown.length > 0;
}
