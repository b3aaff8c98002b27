/** LoadBalancers as providers see them, and their place in the order of age. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { LoadBalancerClass } from "../../api/load-balancer-class.ts";
import { orderOf } from "../../core/order.ts";
import { sharingScope } from "../../core/policy.ts";
import type { Member, RecordedMember, SharingInForce } from "../../providers/provider.ts";
import type { KnownClass } from "../classes.ts";
import type { Informers } from "../dependencies.ts";

export function keyOfLoadBalancer(lb: LoadBalancer): string {
  return `${lb.metadata.namespace ?? ""}/${lb.metadata.name ?? ""}`;
}

/** The age of the Service counts, not that of the object made for it. */
export function orderOfMember(lb: LoadBalancer, informers: Pick<Informers, "services">): string {
  const { serviceRef } = lb.spec;
  const service =
    serviceRef === undefined
      ? undefined
      : informers.services.get(`${lb.metadata.namespace}/${serviceRef.name}`);
  const { namespace, name, uid } = lb.metadata;
  const creationTimestamp = service?.metadata.creationTimestamp ?? lb.metadata.creationTimestamp;
  return orderOf({ creationTimestamp, namespace, name, uid: serviceRef?.uid ?? uid });
}

export function memberOf(
  lb: LoadBalancer,
  spec: LoadBalancer["spec"],
  cls: KnownClass,
  informers: Informers,
): Member {
  const { serviceRef } = lb.spec;
  const service =
    serviceRef === undefined
      ? undefined
      : informers.services.get(`${lb.metadata.namespace}/${serviceRef.name}`);
  return {
    key: keyOfLoadBalancer(lb),
    lb: spec === lb.spec ? lb : { ...lb, spec },
    cls: asInForce(cls),
    ...(service === undefined ? {} : { service }),
    order: orderOfMember(lb, informers),
  };
}

/** The class by which everything is decided: a refused edit has no effect. */
export function asInForce({ object, force }: KnownClass): LoadBalancerClass {
  if (force.state !== "accepted" || force.spec === object.spec) return object;
  return { ...object, spec: force.spec };
}

export function recordedMember(
  lb: LoadBalancer,
  cls: KnownClass | undefined,
  informers: Pick<Informers, "services">,
): RecordedMember {
  const namespace = lb.metadata.namespace ?? "";
  const spec = cls === undefined || cls.force.state === "refused" ? undefined : cls.force.spec;
  return {
    key: keyOfLoadBalancer(lb),
    namespace,
    name: lb.metadata.name ?? "",
    order: orderOfMember(lb, informers),
    addresses: lb.status?.addresses ?? [],
    ports: lb.status?.ports ?? [],
    sharing: lb.status?.sharing ?? sharingAskedFor(lb.spec, sharingScope(namespace, lb.spec.className, spec)),
    ours: true,
  };
}

/** The sharing that a spec asks for, where nothing is recorded of what is in force. */
export function sharingAskedFor(
  spec: Pick<LoadBalancer["spec"], "sharing">,
  scope: string,
): SharingInForce | undefined {
  return spec.sharing === undefined ? undefined : { ...spec.sharing, scope };
}
