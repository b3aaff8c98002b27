/** Reads from a cluster what an explanation needs. What the user may not see is left out, not failed on. */

import { ipAddressPools } from "../../api/ip-address-pool.ts";
import {
  type Event,
  events,
  type Lease,
  leases,
  namespaces,
  type Service,
  services,
} from "../../api/kubernetes.ts";
import { loadBalancers } from "../../api/load-balancer.ts";
import { loadBalancerClasses } from "../../api/load-balancer-class.ts";
import { installation } from "../../api/names.ts";
import { nearest } from "../../api/nearest.ts";
import type { Objects } from "../../controllers/offline/plan-objects.ts";
import { isApiError, isNotFound } from "../../runtime/kube/api-error.ts";
import type { KubeClient } from "../../runtime/kube/client.ts";
import { listAll, listIfAllowed } from "../cluster.ts";
import { UserError } from "../user-error.ts";
import { type AnnouncingObjects, readAnnouncing } from "./announcing-objects.ts";

export interface Gathered {
  readonly service: Service;
  /** Its load balancers; classes, pools and namespaces as far as they may be read. */
  readonly objects: Objects;
  /** Without a role in the whole cluster they are not: then only what the load balancers say is known. */
  readonly classesKnown: boolean;
  /** Of the Service and its load balancers, oldest first. */
  readonly events: readonly Event[];
  /** `undefined`: there is none, or it may not be read. */
  readonly lease: Lease | undefined;
  /** `undefined`: nothing is known of how its addresses are announced. */
  readonly announcing?: AnnouncingObjects | undefined;
}

/** @throws UserError when there is no such Service. */
export async function gather(client: KubeClient, namespace: string, name: string): Promise<Gathered> {
  const service = await readService(client, namespace, name);
  const [lbs, classes, pools, spaces, told, lease] = await Promise.all([
    listAll(client, loadBalancers, { namespace }),
    listIfAllowed(client, loadBalancerClasses),
    listIfAllowed(client, ipAddressPools),
    listIfAllowed(client, namespaces),
    listIfAllowed(client, events, { namespace }),
    readLease(client),
  ]);
  const own = lbs.filter(({ spec }) => spec.serviceRef?.name === name);
  const subjects = new Set([
    `Service/${name}`,
    ...own.map(({ metadata }) => `LoadBalancer/${metadata.name}`),
  ]);
  return {
    service,
    objects: {
      services: [service],
      namespaces: spaces ?? [],
      classes: classes ?? [],
      pools: pools ?? [],
      loadBalancers: own,
    },
    classesKnown: classes !== undefined,
    events: (told ?? [])
      .filter(({ involvedObject: { kind, name: of } }) => subjects.has(`${kind}/${of}`))
      .sort((a, b) => ((a.lastTimestamp ?? "") < (b.lastTimestamp ?? "") ? -1 : 1)),
    lease,
    announcing: await readAnnouncing(client, own),
  };
}

async function readService(client: KubeClient, namespace: string, name: string): Promise<Service> {
  try {
    const service = await client.get(services, { namespace, name }, { maxRetries: 1 });
    return { ...service, apiVersion: "v1", kind: "Service" };
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const others = (await listIfAllowed(client, services, { namespace })) ?? [];
  const meant = nearest(
    name,
    others.map(({ metadata }) => metadata.name ?? ""),
  );
  throw new UserError(
    `There is no Service "${name}" in namespace "${namespace}"${meant === undefined ? "" : `; did you mean ${meant}?`}`,
    "Name its namespace with -n NAMESPACE or as NAMESPACE/NAME.",
  );
}

async function readLease(client: KubeClient): Promise<Lease | undefined> {
  const { namespace, lease } = installation;
  try {
    return await client.get(leases, { namespace, name: lease }, { maxRetries: 0 });
  } catch (error) {
    if (isApiError(error)) return undefined;
    throw error;
  }
}
