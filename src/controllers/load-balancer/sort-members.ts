/** Who of a stack is to be served, who is refused, and who leaves it. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { GraphProvider } from "../../providers/provider.ts";
import type { KnownClass } from "../classes.ts";
import { writeOwnStatus } from "../own-status.ts";
import { isBegun, type Judgement } from "./judge.ts";
import { keyOfLoadBalancer } from "./members.ts";
import { secure } from "./secure.ts";
import { judgeHere } from "./serve-one.ts";
import type { LoadBalancerDependencies } from "./serving.ts";
import { byAge, type StackMember, stackMember } from "./stack-member.ts";
import { moveOf, type Role, roleIn } from "./stack-move.ts";

export interface SortInput {
  readonly cls: KnownClass;
  readonly provider: GraphProvider;
  readonly stack: string;
  /** `namespace/name`. */
  readonly members: readonly string[];
  readonly signal: AbortSignal;
}

export interface Leaving {
  readonly lb: LoadBalancer;
  readonly role: Role;
}

export interface Sorted {
  /** In the order of age. */
  readonly live: StackMember[];
  readonly refused: { readonly lb: LoadBalancer; readonly judgement: Judgement }[];
  readonly leaving: Leaving[];
}

/** How long the others of a stack go without care for the sake of a member that is to be made anew, and is not. */
const OTHERS_WAIT_MS = 60_000;

/**
 * `undefined` where it can't be told now who is a member: whoever is left out loses what he has, so nobody is who may be one still. Puts our
 * finalizer on those that are to be served.
 */
export async function sortMembers(
  deps: LoadBalancerDependencies,
  { cls, provider, stack, members, signal }: SortInput,
): Promise<Sorted | undefined> {
  if (isOneAwaited(deps, members)) return undefined;
  const sorted: Sorted = { live: [], refused: [], leaving: [] };
  let waiting = 0;
  for (const key of members) {
    const found = deps.informers.loadBalancers.get(key);
    if (found === undefined) continue;
    const lb = await inherit(deps, found, signal);
    const move = moveOf(lb, cls, provider, deps.informers);
    const role = roleIn(stack, move);
    if (lb.metadata.deletionTimestamp !== undefined || role === "former") {
      sorted.leaving.push({ lb, role });
      continue;
    }
    const judgement = judgeHere(deps, lb, cls);
    if (judgement.serve !== "yes") {
      if (role !== "departing") sorted.refused.push({ lb, judgement });
      continue;
    }
    const secured = await secure(deps, lb, signal);
    if (secured.is === "going") return undefined;
    if (secured.is === "waiting") {
      waiting += 1;
      continue;
    }
    sorted.live.push(stackMember({ object: secured.lb, move, role, judgement }, cls, deps.informers));
  }
  // Something may have been begun for one that waits, and not been recorded.
  if (waiting > 0 && Object.values(sorted).every(({ length }) => length === 0)) return undefined;
  sorted.live.sort(byAge);
  return sorted;
}

/** One that was deleted by force is made anew from its Service, and finds what it had. Those who are there do not wait for ever. */
export function isOneAwaited(
  { kept, informers }: Pick<LoadBalancerDependencies, "kept" | "informers">,
  members: readonly string[],
): boolean {
  const missing = members.filter((key) => informers.loadBalancers.get(key) === undefined && kept.has(key));
  if (missing.length === members.length) return missing.length > 0;
  return missing.some((key) => (kept.ageMs(key) ?? 0) < OTHERS_WAIT_MS);
}

/** It is recorded before anything is done for it: a crash must not make it look like one that never had anything. */
async function inherit(
  { client, informers, heirs }: LoadBalancerDependencies,
  lb: LoadBalancer,
  signal: AbortSignal,
): Promise<LoadBalancer> {
  const { status } = heirs.asHeir(lb);
  if (status !== undefined && !isBegun(lb))
    await writeOwnStatus({ client, informer: informers.loadBalancers, object: lb, status, signal });
  heirs.settle(lb);
  return informers.loadBalancers.get(keyOfLoadBalancer(lb)) ?? lb;
}
