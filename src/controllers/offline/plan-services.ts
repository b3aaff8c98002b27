/** Steps 0 and 1 for all Services, as the service controller does them, against objects in memory. */

import type { Service } from "../../api/kubernetes.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { parseLoadBalancer } from "../../api/parse.ts";
import { describeProblem } from "../../api/problems.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import type { DesiredLoadBalancer } from "../../core/translate/translate.ts";
import { keyOf } from "../../runtime/cache/key.ts";
import { equal } from "../../runtime/patch/merge-diff.ts";
import type { Classes, KnownClass } from "../classes.ts";
import { BY_SERVICE } from "../dependencies.ts";
import { oldestFirst } from "../indexes.ts";
import { type Decision, decideService } from "../service/decide.ts";
import { desiredLoadBalancers, newObject, otherName } from "../service/desired.ts";
import { refuseNew } from "../service/refuse-new.ts";
import type { ObjectStore } from "./object-store.ts";

export type Change = "create" | "update" | "keep" | "delete";

export interface PlannedService {
  readonly service: Service;
  readonly decision: Decision;
  /** Why nothing is made for the Service: its class takes nothing new, or the API server would not take what the Service comes to. */
  readonly refusal: Finding | undefined;
}

export interface PlannedServices {
  readonly services: readonly PlannedService[];
  /** By key of the LoadBalancer; those that are not named are kept. */
  readonly changes: ReadonlyMap<string, Change>;
  /** Taken out of the store. */
  readonly deleted: readonly LoadBalancer[];
}

export function planServices(store: ObjectStore, classes: Classes): PlannedServices {
  const { informers } = store;
  const changes = new Map<string, Change>();
  const deleted: LoadBalancer[] = [];
  const remove = (lbs: readonly LoadBalancer[]) => {
    for (const lb of lbs) {
      store.remove(lb);
      changes.set(keyOf(lb), "delete");
      deleted.push(lb);
    }
  };

  const plan = (service: Service): PlannedService => {
    const named = informers.loadBalancers.by(BY_SERVICE, keyOf(service));
    const owned = named.filter((lb) => lb.spec.serviceRef?.uid === service.metadata.uid);
    remove(named.filter((lb) => !owned.includes(lb)));
    const decision = decideService(service, owned, classes.claimable());
    if (decision.do === "release") remove(owned);
    if (decision.do !== "serve") return { service, decision, refusal: undefined };
    const { className } = decision;
    remove(owned.filter((lb) => lb.spec.className !== className));
    return { service, decision, refusal: serve(service, className, owned) };
  };

  const serve = (
    service: Service,
    className: string,
    owned: readonly LoadBalancer[],
  ): Finding | undefined => {
    const mine = owned.filter(
      (lb) => lb.spec.className === className && lb.metadata.deletionTimestamp === undefined,
    );
    const cls = classes.get(className);
    const refused = refuseNew(service, mine, cls);
    if (refused !== undefined) return refused;
    const input = { service, className, cls, owned: mine, warnings: [] };
    const desired = desiredLoadBalancers(input, informers);
    const names = new Set(desired.map((each) => each.name));
    let refusal: Finding | undefined;
    for (const each of desired) {
      const existing = mine.find((lb) => lb.metadata.name === each.name);
      refusal ??= existing === undefined ? create(each, service, cls) : update(existing, each, service, cls);
    }
    remove(mine.filter((lb) => !names.has(lb.metadata.name ?? "")));
    return refusal;
  };

  const create = (
    desired: DesiredLoadBalancer,
    service: Service,
    cls: KnownClass | undefined,
  ): Finding | undefined => {
    const namespace = service.metadata.namespace ?? "";
    if (informers.loadBalancers.get(`${namespace}/${desired.name}`) !== undefined) {
      const name = otherName(desired.name, service);
      if (name !== undefined) return create({ ...desired, name }, service, cls);
      return {
        reason: "InvalidSpec",
        message: `the name ${desired.name} is taken by a LoadBalancer that is not ours`,
      };
    }
    const made = newObject(desired, { service, cls });
    const { creationTimestamp } = service.metadata;
    const metadata = {
      ...made.metadata,
      creationTimestamp,
      uid: `LoadBalancer/${namespace}/${desired.name}`,
    };
    return accept({ ...made, metadata }, "create");
  };

  const update = (
    existing: LoadBalancer,
    desired: DesiredLoadBalancer,
    service: Service,
    cls: KnownClass | undefined,
  ): Finding | undefined => {
    const { labels = {} } = newObject(desired, { service, cls }).metadata;
    const same = equal(existing.spec, desired.spec) && equal(existing.metadata.labels ?? {}, labels);
    if (same) return undefined;
    return accept({ ...existing, metadata: { ...existing.metadata, labels }, spec: desired.spec }, "update");
  };

  /** As the API server does: what breaks a rule of the kind is not stored. */
  const accept = (lb: LoadBalancer, change: Change): Finding | undefined => {
    const parsed = parseLoadBalancer(JSON.parse(JSON.stringify(lb)));
    if (!parsed.ok) {
      return {
        reason: "InvalidSpec",
        message: parsed.problems.map(describeProblem).join("; ").slice(0, 900),
      };
    }
    store.put({ ...lb, spec: parsed.value.spec });
    changes.set(keyOf(lb), change);
    return undefined;
  };

  return { services: oldestFirst(informers.services.list()).map(plan), changes, deleted };
}
