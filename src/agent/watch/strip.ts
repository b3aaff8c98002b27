/** What the agent keeps of objects: what it reads, and nothing else, for it runs on every node. For `Cache.informer`. */
import type { Announcer } from "../../api/announcer.ts";
import type { Endpoint, EndpointSlice, Node, Service } from "../../api/kubernetes.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { LoadBalancerClass } from "../../api/load-balancer-class.ts";
import type { Condition, KubeObject, ObjectMeta } from "../../api/meta.ts";

export const SERVICE_NAME = "kubernetes.io/service-name";

export function stripLoadBalancer(lb: LoadBalancer): LoadBalancer {
  const { className, serviceRef, externalTrafficPolicy } = lb.spec;
  // Labels count only where there is no Service to have them.
  const labels = serviceRef === undefined ? lb.metadata.labels : undefined;
  return {
    ...framed(lb, { labels }),
    spec: { className, serviceRef, externalTrafficPolicy },
    status: { addresses: lb.status?.addresses?.map(({ ip, pool }) => ({ ip, pool })) },
  } as LoadBalancer;
}

export function stripClass(cls: LoadBalancerClass): LoadBalancerClass {
  return { ...framed(cls, {}), spec: { provider: cls.spec.provider } } as LoadBalancerClass;
}

export function stripService(service: Service): Service {
  return framed(service, { labels: service.metadata.labels }) as Service;
}

/** A node's images and annotations are most of it. */
export function stripNode(node: Node): Node {
  const network = node.status?.conditions?.filter(({ type }) => type === "NetworkUnavailable") ?? [];
  const taints = node.spec?.taints?.map(({ key, effect }) => ({ key, effect }));
  const { labels, deletionTimestamp } = node.metadata;
  return {
    ...framed(node, { labels, deletionTimestamp }),
    spec: { taints },
    status: {
      addresses: node.status?.addresses?.filter(({ type }) => type === "InternalIP"),
      conditions: network.map(({ type, status }) => ({ type, status })),
    },
  };
}

export function stripAnnouncer(announcer: Announcer): Announcer {
  const { incarnation, addresses, interfaces } = announcer.status ?? {};
  if (incarnation === undefined) return framed(announcer, {});
  const status = {
    incarnation,
    addresses: addresses?.map(({ address, epoch, mode }) => ({ address, epoch, mode })),
    // Where nothing is announced it does not count which networks are there.
    interfaces: interfaces?.map(({ name, mac, networks, skipped }) =>
      skipped === undefined ? { name, mac, networks } : { mac },
    ),
  };
  return { ...framed(announcer, {}), status } as Announcer;
}

interface Judged extends KubeObject {
  readonly spec: object;
  readonly status?:
    | { acceptedSpec?: unknown; advertised?: boolean | undefined; conditions?: Condition[] | undefined }
    | undefined;
}

/** Of pools, advertisements and the like: what was wanted and what was accepted, not the counts, which change all the time. */
export function stripJudged<T extends Judged>(object: T): T {
  const { acceptedSpec, advertised, conditions = [] } = object.status ?? {};
  const accepted = conditions.filter(({ type }) => type === "Accepted");
  const { labels, creationTimestamp, deletionTimestamp } = object.metadata;
  return {
    ...framed(object, { labels, creationTimestamp, deletionTimestamp }),
    spec: object.spec,
    status: { acceptedSpec, advertised, conditions: accepted },
  } as unknown as T;
}

/** Of all endpoints of one node in one state, one says as much as all of them. */
export function stripEndpointSlice(slice: EndpointSlice): EndpointSlice {
  const service = slice.metadata.labels?.[SERVICE_NAME];
  const labels = service === undefined ? undefined : { [SERVICE_NAME]: service };
  const endpoints = new Map<string, Endpoint>();
  for (const { nodeName, conditions = {} } of slice.endpoints ?? []) {
    const { ready, serving, terminating } = conditions;
    const key = `${nodeName} ${ready} ${serving} ${terminating}`;
    if (!endpoints.has(key))
      endpoints.set(key, { addresses: [], nodeName, conditions: { ready, serving, terminating } });
  }
  return {
    ...framed(slice, { labels }),
    addressType: slice.addressType,
    endpoints: [...endpoints.values()],
  };
}

/** Whether two stripped objects say the same: most updates of nodes change only what was left out. */
export function saysTheSame(before: KubeObject, after: KubeObject): boolean {
  const essence = ({ metadata, ...rest }: KubeObject) =>
    JSON.stringify({ ...rest, metadata: { ...metadata, resourceVersion: undefined, generation: undefined } });
  return essence(before) === essence(after);
}

function framed<T extends KubeObject>({ apiVersion, kind, metadata }: T, more: ObjectMeta): KubeObject {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion, ...more } };
}
