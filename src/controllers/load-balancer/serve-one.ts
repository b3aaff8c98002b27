/** Asks the provider to serve one LoadBalancer that stands alone. Writes nothing to the cluster. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import type { Outcome } from "../../providers/provider.ts";
import type { Classes, KnownClass } from "../classes.ts";
import type { Informers } from "../dependencies.ts";
import { problemOf } from "./failure.ts";
import { isHeld, type Judgement, judge } from "./judge.ts";
import { keyOfLoadBalancer, memberOf, orderOfMember } from "./members.ts";
import type { RoomKeeper } from "./room.ts";
import { NOTHING, recordedOutcome } from "./serving.ts";

export interface ServeDependencies {
  readonly informers: Informers;
  readonly classes: Classes;
  readonly room: RoomKeeper;
}

export type Served =
  /** Somebody else's: a member of a stack, or of a class that another process provides. */
  | { readonly do: "leave" }
  | {
      readonly do: "record";
      readonly outcome: Outcome;
      readonly refusal: Finding | undefined;
      readonly previousInForce: boolean;
      /** Keys of those that can be served now because this one gave up its room. */
      readonly freed: readonly string[];
      /** The provider failed; the outcome tells so. */
      readonly failure?: { readonly error: unknown };
    };

/** Judges by what the cache knows, and takes room where the class limits the number. */
export function judgeHere(
  { informers, room }: Pick<ServeDependencies, "informers" | "room">,
  lb: LoadBalancer,
  cls: KnownClass | undefined,
): Judgement {
  return judge(lb, cls, {
    namespaceLabels: informers.namespaces.get(lb.metadata.namespace ?? "")?.metadata.labels,
    room: () =>
      cls?.force.state === "accepted"
        ? room.enter({
            className: cls.name,
            key: keyOfLoadBalancer(lb),
            order: orderOfMember(lb, informers),
            spec: cls.force.spec,
          })
        : { free: true },
  });
}

export async function serveOne(
  deps: ServeDependencies,
  lb: LoadBalancer,
  signal: AbortSignal,
): Promise<Served> {
  const { informers, classes, room } = deps;
  const member = keyOfLoadBalancer(lb);
  const cls = classes.get(lb.spec.className);
  const provider = cls?.provider;
  // A member of a stack is worked on under the stack's key.
  if (provider?.form === "graph") return { do: "leave" };
  const judgement = judgeHere(deps, lb, cls);
  switch (judgement.serve) {
    case "elsewhere":
      return { do: "leave" };
    case "keep":
      return record(recordedOutcome(lb), judgement);
    case "no":
      await provider?.release(member, signal);
      return { ...record(NOTHING, judgement), freed: standsInLine(judgement) ? [] : room.leave(member) };
    case "yes": {
      if (cls === undefined || provider === undefined) return { do: "leave" };
      try {
        return record(await provider.ensure(memberOf(lb, judgement.spec, cls, informers), signal), judgement);
      } catch (error) {
        signal.throwIfAborted();
        const outcome = { ...recordedOutcome(lb), problems: [problemOf(error, isHeld(lb))] };
        return { ...record(outcome, judgement), failure: { error } };
      }
    }
    default:
      return judgement satisfies never;
  }
}

function record(
  outcome: Outcome,
  judgement: Exclude<Judgement, { serve: "elsewhere" }>,
): Extract<Served, { do: "record" }> {
  const previousInForce = judgement.serve === "yes" && judgement.previousInForce;
  return { do: "record", outcome, refusal: judgement.refusal, previousInForce, freed: [] };
}

/** Refused for want of room alone: it gets in when there is some. */
export function standsInLine(judgement: Judgement): boolean {
  return judgement.serve === "no" && judgement.refusal.reason === "TooManyLoadBalancers";
}
