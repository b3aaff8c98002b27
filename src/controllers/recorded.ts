/** What is recorded in the cluster of addresses given out before, to be taken back before any new one is given (law 4). */

import type { Service } from "../api/kubernetes.ts";
import type { LoadBalancer } from "../api/load-balancer.ts";
import { fieldManagers } from "../api/names.ts";
import { orderOf } from "../core/order.ts";
import { sharingScope } from "../core/policy.ts";
import type { Provider, RecordedMember } from "../providers/provider.ts";
import { keyOf } from "../runtime/cache/key.ts";
import type { Classes } from "./classes.ts";
import { BY_SERVICE, type Informers } from "./dependencies.ts";
import { recordedMember, sharingAskedFor } from "./load-balancer/members.ts";
import { decideService } from "./service/decide.ts";
import { desiredLoadBalancers, newObject } from "./service/desired.ts";

/** Recorded members by name of the provider; those of a class that is not known belong to whichever provider has them. */
export interface Recorded {
  readonly byProvider: ReadonlyMap<string, readonly RecordedMember[]>;
  readonly orphaned: readonly RecordedMember[];
}

/** What the status of the LoadBalancers says. */
export function recordedMembers(informers: Informers, classes: Classes): Recorded {
  const byProvider = new Map<string, RecordedMember[]>();
  const orphaned: RecordedMember[] = [];
  for (const lb of informers.loadBalancers.list()) {
    const cls = classes.get(lb.spec.className);
    const member = recordedMember(lb, cls, informers);
    if (member.addresses.length === 0) continue;
    // A class may be missing for a while; nobody else may have its addresses meanwhile.
    if (cls === undefined) orphaned.push(member);
    else if (cls.provider !== undefined) getOrAdd(byProvider, cls.provider.name).push(member);
  }
  return { byProvider, orphaned };
}

function getOrAdd<T>(lists: Map<string, T[]>, name: string): T[] {
  const found = lists.get(name) ?? [];
  lists.set(name, found);
  return found;
}

export interface LeftInService {
  readonly provider: Provider;
  readonly member: RecordedMember;
  /** The object that will be made for it. */
  readonly lb: LoadBalancer;
}

/**
 * A Service whose LoadBalancer is lost (deleted by force, not in a restored backup) has its addresses in its own status still. They count
 * where we wrote them, or where the Service comes from another controller and is ours now.
 */
export function leftInService(service: Service, informers: Informers, classes: Classes): LeftInService[] {
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  const key = keyOf(service);
  if (ingress.length === 0 || informers.loadBalancers.by(BY_SERVICE, key).length > 0) return [];
  const decision = decideService(service, [], classes.claimable());
  const cls = decision.do === "serve" ? classes.get(decision.className) : undefined;
  if (cls?.force.state !== "accepted" || cls.provider === undefined) return [];
  const { provider } = cls;
  const { spec } = cls.force;
  const input = { service, className: cls.name, cls, owned: [], warnings: [] };
  const namespace = service.metadata.namespace ?? "";
  const left = ingress.flatMap(({ ip, ipMode }) =>
    ip === undefined ? [] : [{ ip, ...(ipMode === undefined ? {} : { ipMode }) }],
  );
  const managers = service.metadata.managedFields ?? [];
  const ours = managers.some((entry) => entry.manager === fieldManagers.serviceStatus);
  return desiredLoadBalancers(input, informers).map((desired) => {
    const addresses = left.splice(0, desired.spec.ipFamilies.length);
    const member: RecordedMember = {
      key: `${namespace}/${desired.name}`,
      namespace,
      name: desired.name,
      order: orderOf({ ...service.metadata, name: desired.name }),
      addresses,
      ports: desired.spec.ports.map(({ port, protocol }) => ({ port, protocol })),
      sharing: sharingAskedFor(desired.spec, sharingScope(namespace, cls.name, spec)),
      ours,
    };
    return { provider, member, lb: newObject(desired, input) };
  });
}
