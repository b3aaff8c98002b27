/** A control plane with Fairlead's kinds, a class, a pool, and as many Services as wanted. */
import PQueue from "p-queue";
import { type Service, services } from "../../../src/api/kubernetes.ts";
import { createCache } from "../../../src/runtime/cache/cache.ts";
import { createKubeClient, type KubeClient } from "../../../src/runtime/kube/client.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { type ControlPlane, startControlPlane } from "../../../src/testing/control-plane/control-plane.ts";
import { clusterOf } from "../../integration/support/cluster.ts";
import { install } from "../../integration/support/installation.ts";

export interface World {
  readonly controlPlane: ControlPlane;
  readonly client: KubeClient;
  readonly count: number;
  /** Creates the Services, 50 at a time. */
  createServices(): Promise<void>;
  /** Resolves when so many Services have an address in status. */
  allServed(): Promise<void>;
  /** UID by name. */
  uids(): Promise<Map<string, string>>;
  stop(): Promise<void>;
}

export const NAMESPACE = "bench";
export const CLIENTS = 50;

export function serviceName(index: number): string {
  return `svc-${String(index).padStart(6, "0")}`;
}

export function newService(index: number): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: serviceName(index), namespace: NAMESPACE },
    spec: {
      type: "LoadBalancer",
      allocateLoadBalancerNodePorts: false,
      selector: { app: "web" },
      ports: [{ name: "http", port: 80, protocol: "TCP", targetPort: 8080 }],
    },
  };
}

export async function makeWorld(count: number): Promise<World> {
  const controlPlane = await startControlPlane();
  await install(controlPlane);
  const cluster = await clusterOf(controlPlane);
  await controlPlane.call("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  await cluster.createClass("metal", { default: true });
  await cluster.createPool("edge", { addresses: ["100.64.0.0/10"] });
  const client = createKubeClient(await controlPlane.connection(), { maxSockets: CLIENTS });
  return {
    controlPlane,
    client,
    count,
    async createServices() {
      const queue = new PQueue({ concurrency: CLIENTS });
      await queue.addAll(
        Array.from({ length: count }, (_, index) => () => client.create(services, newService(index))),
      );
    },
    allServed: () => untilServed(client, count),
    async uids() {
      const list = await client.list(services, { namespace: NAMESPACE });
      return new Map(list.items.map(({ metadata }) => [metadata.name ?? "", metadata.uid ?? ""]));
    },
    async stop() {
      client.close();
      cluster.client.close();
      await controlPlane.stop();
    },
  };
}

/** Watches, rather than asks again and again, so that waiting costs the server as little as can be. */
async function untilServed(client: KubeClient, count: number): Promise<void> {
  const stop = new AbortController();
  const cache = createCache({ client, namespaces: [NAMESPACE], logger: silentLogger });
  const informer = cache.informer(services);
  const served = new Set<string>();
  const done = Promise.withResolvers<void>();
  const look = (service: Service) => {
    if (service.status?.loadBalancer?.ingress?.length) served.add(service.metadata.name ?? "");
    if (served.size >= count) done.resolve();
  };
  informer.on({ add: look, update: (_before, after) => look(after) });
  cache.start(stop.signal);
  await done.promise;
  stop.abort();
}
