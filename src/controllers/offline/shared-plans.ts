/** Stacks that others claim, planned by all claims together. Pure. */
import { plan } from "../../core/plan/plan.ts";
import type { Json, ObservedResource, Operation, Plan } from "../../core/plan/types.ts";
import type { Claim, GraphProvider, Problem, Stack, StackRef } from "../../providers/provider.ts";
import { messageOf } from "../../runtime/errors.ts";
import { runnable } from "../load-balancer/engine/rounds.ts";
import { widens } from "../load-balancer/engine/shared-round.ts";
import { stackName } from "../load-balancer/engine/stack-engine.ts";
import type { Seen } from "./look.ts";

export interface SharedPlan {
  readonly provider: GraphProvider;
  readonly key: string;
  /** By whose settings it is reached. */
  readonly className: string;
  /** `<class> <stack>`, sorted. */
  readonly claimedBy: readonly string[];
  readonly result:
    | {
        readonly ok: true;
        readonly observed: readonly ObservedResource[];
        readonly plan: Plan;
        /** By name of the claiming stack. */
        readonly problems: ReadonlyMap<string, readonly Problem[]>;
        /** Nothing is planned to be taken away: what others claim is not known, or the class retains it. */
        readonly onlyWidened: boolean;
      }
    | { readonly ok: false; readonly message: string };
}

interface Claimed {
  readonly provider: GraphProvider;
  readonly ref: StackRef;
  readonly claims: readonly { readonly stack: string; readonly needs: Json }[];
}

interface Claiming {
  readonly provider: GraphProvider;
  readonly stack: Stack;
  readonly claims: readonly Claim[];
}

/** The shared stacks that these claim, in the order of their keys. */
export function claimed(stacks: readonly Claiming[]): Claimed[] {
  const all = stacks.flatMap(({ provider, stack, claims }) =>
    claims.map(({ on, needs }) => ({
      provider,
      cls: stack.cls,
      on,
      claim: { stack: stackName(stack), needs },
    })),
  );
  const groups = Map.groupBy(all, ({ provider, on }) => JSON.stringify([provider.name, on]));
  return [...groups.keys()].sort().flatMap((name) => {
    const claims = groups.get(name) ?? [];
    const [first] = claims;
    if (first === undefined) return [];
    const ref: StackRef = { key: first.on, cls: first.cls, shared: true, adopt: [] };
    return [{ provider: first.provider, ref, claims: claims.map(({ claim }) => claim) }];
  });
}

/** `whole`: all that is claimed is known. */
export function planShared({ provider, ref, claims }: Claimed, seen: Seen, whole: boolean): SharedPlan {
  const claimedBy = [...new Set(claims.map(({ stack }) => stack))].sort();
  const about = { provider, key: ref.key, className: ref.cls.metadata.name ?? "", claimedBy };
  const look = seen(provider, ref);
  if (!look.ok) return { ...about, result: look };
  try {
    const { resources, problems } = provider.desireShared?.({ key: ref.key, claims }) ?? {
      resources: [],
      problems: new Map(),
    };
    const policy = { replacement: "Allow", drift: "Repair", deletion: "Delete" } as const;
    const all = plan(resources, look.observed, provider.rules, policy);
    const onlyWidened = !whole || ref.cls.spec.policy.deletion === "Retain";
    const operations: readonly Operation[] = onlyWidened ? runnable(all, widens) : all.operations;
    const planned = { ...all, operations };
    return { ...about, result: { ok: true, observed: look.observed, plan: planned, problems, onlyWidened } };
  } catch (error) {
    return { ...about, result: { ok: false, message: messageOf(error) } };
  }
}
