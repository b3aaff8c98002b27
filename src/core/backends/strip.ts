/** What the cache keeps of nodes and EndpointSlices: what load balancers are decided by, and nothing else, for there are many of them. */
import type { Endpoint, EndpointSlice, Node } from "../../api/kubernetes.ts";
import type { ObjectMeta } from "../../api/meta.ts";
import { isLeavingTaint } from "./nodes.ts";

const SERVICE_NAME = "kubernetes.io/service-name";

/** For `Cache.informer`. A node's images and annotations are most of it, and its heartbeats change conditions that nobody reads. */
export function stripNode(node: Node): Node {
  const taints = node.spec?.taints?.filter(isLeavingTaint) ?? [];
  const { providerID } = node.spec ?? {};
  const ready = node.status?.conditions?.filter(({ type }) => type === "Ready") ?? [];
  return {
    ...frame(node),
    metadata: { ...identity(node.metadata), labels: node.metadata.labels },
    spec: {
      providerID,
      ...(taints.length === 0 ? {} : { taints: taints.map(({ key, effect }) => ({ key, effect })) }),
    },
    status: {
      addresses: node.status?.addresses,
      conditions: ready.map(({ type, status }) => ({ type, status })),
    },
  };
}

/** For `Cache.informer`. */
export function stripEndpointSlice(slice: EndpointSlice): EndpointSlice {
  const service = slice.metadata.labels?.[SERVICE_NAME];
  return {
    ...frame(slice),
    metadata: {
      ...identity(slice.metadata),
      ...(service === undefined ? {} : { labels: { [SERVICE_NAME]: service } }),
    },
    addressType: slice.addressType,
    endpoints: slice.endpoints?.map(stripEndpoint),
    ports: slice.ports?.map(({ name, protocol, port }) => ({ name, protocol, port })),
  };
}

function stripEndpoint({ addresses, conditions, nodeName, zone, targetRef }: Endpoint): Endpoint {
  const { ready, serving, terminating } = conditions ?? {};
  // Which pod it is counts only while it waits.
  const uid = ready === false ? targetRef?.uid : undefined;
  return {
    addresses: addresses.slice(0, 1),
    conditions: { ready, serving, terminating },
    nodeName,
    zone,
    ...(targetRef === undefined
      ? {}
      : {
          targetRef: {
            kind: targetRef.kind,
            name: targetRef.name,
            ...(uid === undefined ? {} : { uid }),
          },
        }),
  };
}

function frame({ apiVersion, kind }: Node | EndpointSlice): Pick<Node, "apiVersion" | "kind"> {
  return { apiVersion, kind };
}

function identity(metadata: ObjectMeta): ObjectMeta {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } =
    metadata;
  return { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp };
}
