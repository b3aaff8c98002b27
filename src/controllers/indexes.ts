/** How the controllers find and sort what is in the cache. */
import type { Service } from "../api/kubernetes.ts";
import type { LoadBalancer } from "../api/load-balancer.ts";
import { compareOrder, orderOf } from "../core/order.ts";
import { addressesIn } from "./announcements/seen.ts";
import { BY_ADDRESS, BY_CLASS, BY_NAMESPACE, BY_SERVICE, type Informers } from "./dependencies.ts";

export function addIndexes(informers: Informers): void {
  informers.loadBalancers.addIndex(BY_SERVICE, (lb) => {
    const owner = ownerKey(lb);
    return owner === undefined ? [] : [owner];
  });
  informers.loadBalancers.addIndex(BY_CLASS, (lb) => [lb.spec.className]);
  informers.loadBalancers.addIndex(BY_NAMESPACE, (lb) => [lb.metadata.namespace ?? ""]);
  informers.loadBalancers.addIndex(BY_ADDRESS, ({ status }) =>
    (status?.addresses ?? []).flatMap(({ ip }) => ip ?? []),
  );
  informers.announcers.addIndex(BY_ADDRESS, addressesIn);
}

/** `namespace/name` of the Service that it was made for. */
export function ownerKey(lb: LoadBalancer): string | undefined {
  return lb.spec.serviceRef === undefined
    ? undefined
    : `${lb.metadata.namespace ?? ""}/${lb.spec.serviceRef.name}`;
}

export function oldestFirst<T extends Service | LoadBalancer>(objects: readonly T[]): T[] {
  return objects
    .map((object) => ({ object, order: orderOf(object.metadata) }))
    .sort((a, b) => compareOrder(a.order, b.order))
    .map(({ object }) => object);
}
