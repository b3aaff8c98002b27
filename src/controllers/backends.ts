/** Nodes and EndpointSlices: watched only from the moment that a class needs them. */
import { type EndpointSlice, endpointSlices, type Node, nodes } from "../api/kubernetes.ts";
import { stripEndpointSlice, stripNode } from "../core/backends/strip.ts";
import { waitingUids } from "../core/backends/waiting-pods.ts";
import type { GraphProvider, Member } from "../providers/provider.ts";
import type { Cache } from "../runtime/cache/cache.ts";
import type { Informer } from "../runtime/cache/informer.ts";
import { equal } from "../runtime/patch/merge-diff.ts";
import { untilAborted } from "../runtime/until-aborted.ts";

export interface Backends {
  /** Begins to watch what the provider needs, and ends when it is known. */
  ready(provider: Pick<GraphProvider, "watches">, signal: AbortSignal): Promise<void>;
  nodes(): readonly Node[];
  /** Of the Service that the member was made for. */
  endpointSlices(member: Pick<Member, "lb">): readonly EndpointSlice[];
  /** Services (`namespace/name`) behind which the pod with this UID waits to become ready. */
  servicesOfWaiting(uid: string): readonly string[];
}

export interface BackendsOptions {
  readonly cache: Pick<Cache, "informer">;
  /** A node came, went or changed. */
  readonly nodesChanged: () => void;
  /** The EndpointSlices of this Service (`namespace/name`) changed. */
  readonly endpointsChanged: (service: string) => void;
}

const BY_SERVICE = "service";
const BY_WAITING_POD = "waiting-pod";
const SERVICE_NAME = "kubernetes.io/service-name";

export function createBackends(o: BackendsOptions): Backends {
  let nodeInformer: Informer<Node> | undefined;
  let sliceInformer: Informer<EndpointSlice> | undefined;

  const watchNodes = (): Informer<Node> => {
    const informer = o.cache.informer(nodes, { strip: stripNode });
    informer.on({
      add: (_node, { initial }) => void (initial || o.nodesChanged()),
      update: (before, after) => void (sameNode(before, after) || o.nodesChanged()),
      delete: o.nodesChanged,
    });
    return informer;
  };
  const watchSlices = (): Informer<EndpointSlice> => {
    const informer = o.cache.informer(endpointSlices, { strip: stripEndpointSlice });
    informer.addIndex(BY_SERVICE, (slice) => [serviceOf(slice)]);
    informer.addIndex(BY_WAITING_POD, waitingUids);
    informer.on({
      add: (slice, { initial }) => void (initial || o.endpointsChanged(serviceOf(slice))),
      update: (_before, after) => o.endpointsChanged(serviceOf(after)),
      delete: (slice) => o.endpointsChanged(serviceOf(slice)),
    });
    return informer;
  };
  return {
    async ready({ watches = [] }, signal) {
      for (const kind of watches) {
        if (kind === "nodes") nodeInformer ??= watchNodes();
        else sliceInformer ??= watchSlices();
      }
      await untilAborted(Promise.all([nodeInformer?.whenSynced, sliceInformer?.whenSynced]), signal);
    },
    nodes: () => nodeInformer?.list() ?? [],
    endpointSlices({ lb }) {
      const { serviceRef } = lb.spec;
      return serviceRef === undefined
        ? []
        : (sliceInformer?.by(BY_SERVICE, `${lb.metadata.namespace}/${serviceRef.name}`) ?? []);
    },
    servicesOfWaiting: (uid) => [...new Set(sliceInformer?.by(BY_WAITING_POD, uid).map(serviceOf))],
  };
}

function serviceOf({ metadata }: EndpointSlice): string {
  return `${metadata.namespace}/${metadata.labels?.[SERVICE_NAME]}`;
}

/** Nodes report in every few seconds: most changes concern nobody. */
function sameNode(before: Node, after: Node): boolean {
  return equal(decisive(before), decisive(after));
}

function decisive({ metadata, spec, status }: Node): unknown {
  const ready = status?.conditions?.find(({ type }) => type === "Ready")?.status;
  const { labels, uid, deletionTimestamp } = metadata;
  return [uid, labels, deletionTimestamp, spec?.providerID, spec?.taints, status?.addresses, ready];
}
