/** What is recorded in the cluster of addresses given out before: read afresh, and taken back before any new one is given (law 4). */

import type { Service } from "../api/kubernetes.ts";
import { type LoadBalancer, loadBalancers } from "../api/load-balancer.ts";
import { fieldManagers } from "../api/names.ts";
import { orderOf } from "../core/order.ts";
import { sharingScope } from "../core/policy.ts";
import { translate } from "../core/translate/translate.ts";
import type { RecordedMember } from "../providers/provider.ts";
import { keyOf } from "../runtime/cache/key.ts";
import type { KubeClient } from "../runtime/kube/client.ts";
import type { Classes, KnownClass } from "./classes.ts";
import { BY_SERVICE, type Informers } from "./dependencies.ts";
import { recordedMember } from "./load-balancer/members.ts";
import { decideService } from "./service/decide.ts";

const PAGE = 500;

/**
 * Brings the cache up to what the previous leader wrote last: a watch may lag behind, and an address that was recorded a moment ago must
 * not be given to another. Reads all LoadBalancers once, from the storage itself.
 */
export async function readLatest(
  client: KubeClient,
  informers: Pick<Informers, "loadBalancers">,
  signal: AbortSignal,
): Promise<void> {
  // In the namespaces that are watched only: the role may allow no more.
  for (const namespace of informers.loadBalancers.namespaces ?? [undefined]) {
    let next: string | undefined;
    do {
      const selection = { namespace, limit: PAGE, continue: next, signal };
      const page = await client.list<LoadBalancer>(loadBalancers, selection);
      for (const lb of page.items) informers.loadBalancers.observe(lb);
      next = page.metadata.continue || undefined;
    } while (next !== undefined);
  }
}

/** Recorded members by name of the provider. */
export function recordedMembers(informers: Informers, classes: Classes): Map<string, RecordedMember[]> {
  const byProvider = new Map<string, RecordedMember[]>();
  const put = (cls: KnownClass | undefined, member: RecordedMember) => {
    const name = cls?.provider?.name;
    if (name === undefined || member.addresses.length === 0) return;
    byProvider.set(name, [...(byProvider.get(name) ?? []), member]);
  };
  for (const lb of informers.loadBalancers.list()) {
    const cls = classes.get(lb.spec.className);
    put(cls, recordedMember(lb, cls, informers));
  }
  for (const service of informers.services.list()) {
    for (const { cls, member } of fromServiceStatus(service, informers, classes)) put(cls, member);
  }
  return byProvider;
}

/**
 * A Service whose LoadBalancer is lost (deleted by force, not in a restored backup) has its addresses in its own status still. They count
 * where we wrote them, or where the Service comes from another controller and is ours now.
 */
function fromServiceStatus(
  service: Service,
  informers: Informers,
  classes: Classes,
): { cls: KnownClass; member: RecordedMember }[] {
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  const key = keyOf(service);
  if (ingress.length === 0 || informers.loadBalancers.by(BY_SERVICE, key).length > 0) return [];
  const decision = decideService(service, [], classes.claimable());
  const cls = decision.do === "serve" ? classes.get(decision.className) : undefined;
  if (cls?.force.state !== "accepted" || cls.provider === undefined) return [];
  const { spec } = cls.force;
  const desired = translate({
    service,
    className: cls.name,
    cls: spec,
    annotations: cls.provider.annotations,
    existing: [],
  });
  const namespace = service.metadata.namespace ?? "";
  const left = ingress.flatMap(({ ip, ipMode }) =>
    ip === undefined ? [] : [{ ip, ...(ipMode === undefined ? {} : { ipMode }) }],
  );
  return desired.map((each) => {
    const addresses = left.splice(0, each.spec.ipFamilies.length);
    const member: RecordedMember = {
      key: `${namespace}/${each.name}`,
      namespace,
      name: each.name,
      order: orderOf({ ...service.metadata, name: each.name }),
      addresses,
      ports: each.spec.ports.map(({ port, protocol }) => ({ port, protocol })),
      sharing: each.spec.sharing,
      sharingScope: sharingScope(namespace, cls.name, spec),
      ours:
        service.metadata.managedFields?.some((entry) => entry.manager === fieldManagers.serviceStatus) ===
        true,
    };
    return { cls, member };
  });
}
