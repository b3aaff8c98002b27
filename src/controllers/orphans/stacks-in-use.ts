/** Which stacks have members, or may have: everything that would be missed is left alone. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { GraphProvider, Provider } from "../../providers/provider.ts";
import { messageOf } from "../../runtime/errors.ts";
import { type Classes, createClasses } from "../classes.ts";
import type { Informers } from "../dependencies.ts";
import { keyOfLoadBalancer, memberOf } from "../load-balancer/members.ts";
import { createRoomKeeper } from "../load-balancer/room.ts";
import { identified } from "../offline/identified.ts";
import { type Objects, objectStore } from "../offline/object-store.ts";
import { planServices } from "../offline/plan-services.ts";
import { backendsOf, stacksOfObjects } from "../offline/stacks-of-objects.ts";

export interface StacksInUse {
  readonly classes: Classes;
  /** Whether a LoadBalancer is of this stack, or will be once its Service was looked at. */
  has(provider: GraphProvider, key: string): boolean;
  /** `namespace/name` of the LoadBalancer whose status has this resource. */
  ownerOf(kind: string, cloudId: string): string | undefined;
  /** Keys of the shared stacks that others need; and why there may be more, where that can't be told. Asks the provider for facts. */
  shared(provider: GraphProvider, signal: AbortSignal): Promise<SharedInUse>;
}

export interface SharedInUse {
  readonly keys: ReadonlySet<string>;
  /** Why some other one may be needed too; `undefined`: none is. */
  readonly doubt: string | undefined;
}

/** `given`: all objects of a cluster. */
export function stacksInUse(given: Objects, providers: readonly Provider[]): StacksInUse {
  const objects = identified(given);
  const store = objectStore(objects);
  const { informers } = store;
  const classes = createClasses(informers.classes, new Map(providers.map((each) => [each.name, each])));
  const graphs = providers.filter((each): each is GraphProvider => each.form === "graph");
  const existing = informers.loadBalancers.list();
  // A Service that lost its LoadBalancer gets it again, with the stack that it had.
  const planned = planServices(store, classes);
  const lbs = new Set([...existing, ...informers.loadBalancers.list()]);
  const keys = new Set<string>();
  const owners = new Map<string, string>();
  const name = (provider: GraphProvider, key: string) =>
    JSON.stringify([provider.name, provider.keyInMarks?.(key) ?? key]);
  for (const lb of lbs) {
    for (const provider of graphs)
      for (const key of keysOf(lb, provider, classes, informers)) keys.add(name(provider, key));
    for (const { kind, id } of lb.status?.resources ?? [])
      owners.set(JSON.stringify([kind, id]), keyOfLoadBalancer(lb));
  }
  // What is refused now may have been served before, and will be again.
  for (const { service, refusal } of planned.services)
    if (refusal !== undefined)
      for (const provider of graphs)
        keys.add(name(provider, `${service.metadata.namespace}/${service.metadata.name}`));
  const stacks = stacksOfObjects({
    informers,
    classes,
    room: createRoomKeeper(),
    backends: backendsOf(objects),
  });

  return {
    classes,
    has: (provider, key) => keys.has(name(provider, key)),
    ownerOf: (kind, cloudId) => owners.get(JSON.stringify([kind, cloudId])),
    async shared(provider, signal) {
      const claimed = new Set<string>();
      const homeless = [...lbs].find(({ spec }) => classes.get(spec.className) === undefined);
      let doubt = homeless === undefined ? undefined : `${keyOfLoadBalancer(homeless)} has no class`;
      // Of a class whose cloud did not answer, each further stack would only take its time to say so again.
      const silent = new Set<string>();
      for (const { className, key, members, live, toPlan } of stacks) {
        if (classes.get(className)?.provider !== provider || silent.has(className)) continue;
        if (toPlan === undefined || live.length < members.length)
          doubt ??= `not all of stack ${className}/${key} is served`;
        if (toPlan === undefined) continue;
        try {
          const facts = await provider.facts(toPlan.stack, signal);
          for (const { on } of provider.claims?.(toPlan.stack, facts) ?? []) claimed.add(on);
        } catch (error) {
          signal.throwIfAborted();
          silent.add(className);
          doubt ??= `stack ${className}/${key} can't be worked out: ${messageOf(error)}`;
        }
      }
      return { keys: claimed, doubt };
    },
  };
}

/** All that it may have been made under: what is recorded, what the provider would say now, and for a lost class what each would. */
function keysOf(lb: LoadBalancer, provider: GraphProvider, classes: Classes, informers: Informers): string[] {
  const { stack, formerStacks = [] } = lb.status ?? {};
  const recorded = stack === undefined ? formerStacks : [stack, ...formerStacks];
  const own = classes.get(lb.spec.className);
  const candidates =
    own === undefined ? informers.classes.list().map(({ metadata }) => metadata.name) : [own.name];
  const wanted = candidates.flatMap((className) => {
    const cls = classes.get(className ?? "");
    if (cls?.provider !== provider) return [];
    return [provider.stackOf(memberOf(lb, lb.spec, cls, informers))];
  });
  return [...recorded, ...wanted];
}
