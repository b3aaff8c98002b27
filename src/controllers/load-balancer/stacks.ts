/** Which LoadBalancers are worked on together. The work queue of the controller holds the keys made here. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { Classes } from "../classes.ts";
import type { Informers } from "../dependencies.ts";
import { keyOfLoadBalancer } from "./members.ts";
import { moveOf, stacksOfMove } from "./stack-move.ts";

export type StackKey =
  | { readonly of: "one"; readonly member: string }
  | { readonly of: "many"; readonly className: string; readonly stack: string };

export interface Stacks {
  /** Says where a LoadBalancer belongs now: to two stacks or more while it moves. Returns the keys whose work has changed: where it was, and where it is. */
  place(lb: LoadBalancer): readonly string[];
  /** The key it was placed under last; of several, that of where it is to be. */
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
  const placesOf = new Map<string, readonly string[]>();
  const membersOf = new Map<string, Set<string>>();

  const move = (member: string, to: readonly string[]): readonly string[] => {
    const from = placesOf.get(member) ?? [];
    for (const key of from.filter((each) => !to.includes(each))) {
      const left = membersOf.get(key);
      left?.delete(member);
      if (left?.size === 0) membersOf.delete(key);
    }
    for (const key of to) membersOf.set(key, (membersOf.get(key) ?? new Set()).add(member));
    if (to.length === 0) placesOf.delete(member);
    else placesOf.set(member, to);
    return [...new Set([...from, ...to])];
  };
  return {
    place(lb) {
      const member = keyOfLoadBalancer(lb);
      const cls = classes.get(lb.spec.className);
      if (cls?.provider?.form !== "graph") return move(member, [writeKey({ of: "one", member })]);
      const all = stacksOfMove(lb, moveOf(lb, cls, cls.provider, informers));
      return move(
        member,
        all.map((stack) => writeKey({ of: "many", className: cls.name, stack })),
      );
    },
    whereIs: (member) => placesOf.get(member)?.[0],
    remove: (member) => move(member, []),
    members: (queueKey) => [...(membersOf.get(queueKey) ?? [])].sort(),
  };
}
