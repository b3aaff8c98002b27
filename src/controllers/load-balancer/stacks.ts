/** Which LoadBalancers are worked on together. The work queue of the controller holds the keys made here. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { Classes } from "../classes.ts";
import type { Informers } from "../dependencies.ts";
import { acknowledgements } from "./acknowledgements.ts";
import { keyOfLoadBalancer, memberOf } from "./members.ts";
import { stackInForce } from "./stack-move.ts";

export type StackKey =
  | { readonly of: "one"; readonly member: string }
  | { readonly of: "many"; readonly className: string; readonly stack: string };

export interface Stacks {
  /** Says where a LoadBalancer belongs now. Returns the keys whose work has changed: where it was, and where it is. */
  place(lb: LoadBalancer): readonly string[];
  /** The key it was placed under last. */
  whereIs(member: string): string | undefined;
  /** It is gone. */
  remove(member: string): readonly string[];
  /** Keys (`namespace/name`) of the LoadBalancers of a stack, sorted. */
  members(queueKey: string): readonly string[];
}

export function writeKey(key: StackKey): string {
  return key.of === "one" ? `lb ${key.member}` : `stack ${key.className} ${key.stack}`;
}

export function readKey(text: string): StackKey {
  const [kind, first = "", ...rest] = text.split(" ");
  return kind === "lb"
    ? { of: "one", member: first }
    : { of: "many", className: first, stack: rest.join(" ") };
}

/** Stands alone: every LoadBalancer of a direct provider, and every one whose class is not known or not served here. */
export function createStacks(classes: Classes, informers: Informers): Stacks {
  const placeOf = new Map<string, string>();
  const membersOf = new Map<string, Set<string>>();

  const move = (member: string, to: string | undefined): readonly string[] => {
    const from = placeOf.get(member);
    if (from !== to && from !== undefined) {
      const left = membersOf.get(from);
      left?.delete(member);
      if (left?.size === 0) membersOf.delete(from);
      placeOf.delete(member);
    }
    if (to !== undefined && from !== to) {
      placeOf.set(member, to);
      membersOf.set(to, (membersOf.get(to) ?? new Set()).add(member));
    }
    return [...new Set([from, to].filter((key) => key !== undefined))];
  };
  return {
    place(lb) {
      const member = keyOfLoadBalancer(lb);
      const cls = classes.get(lb.spec.className);
      if (cls?.provider?.form !== "graph") return move(member, writeKey({ of: "one", member }));
      const wanted = cls.provider.stackOf(memberOf(lb, lb.spec, cls, informers));
      const { policy } = cls.force.state === "accepted" ? cls.force.spec : cls.object.spec;
      const { stack } = stackInForce(lb, wanted, policy, acknowledgements(informers, lb));
      return move(member, writeKey({ of: "many", className: cls.name, stack }));
    },
    whereIs: (member) => placeOf.get(member),
    remove: (member) => move(member, undefined),
    members: (queueKey) => [...(membersOf.get(queueKey) ?? [])].sort(),
  };
}
