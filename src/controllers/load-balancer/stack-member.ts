/** A LoadBalancer that a stack serves, as it is and as the stack is to see it. Pure. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { compareOrder } from "../../core/order.ts";
import type { KnownClass } from "../classes.ts";
import type { Informers } from "../dependencies.ts";
import type { LiveMember } from "./engine/rounds.ts";
import type { Judgement } from "./judge.ts";
import { memberOf } from "./members.ts";
import { asNewcomer, type Role, type StackMove } from "./stack-move.ts";

/** `lb` is how the stack sees it. */
export interface StackMember extends LiveMember {
  /** The LoadBalancer as it is. */
  readonly object: LoadBalancer;
  readonly move: StackMove;
  readonly role: Exclude<Role, "former">;
  readonly judgement: Judgement & { serve: "yes" };
}

export function stackMember(
  about: Omit<StackMember, "lb" | "member">,
  cls: KnownClass,
  informers: Informers,
): StackMember {
  const { object, role, judgement } = about;
  const lb = role === "arriving" ? asNewcomer(object) : object;
  return { ...about, lb, member: memberOf(lb, judgement.spec, cls, informers) };
}

/** Oldest first. */
export function byAge(a: StackMember, b: StackMember): number {
  return compareOrder(a.member.order, b.member.order);
}
