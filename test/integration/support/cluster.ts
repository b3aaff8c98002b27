/** Short ways to arrange and to look at a cluster in tests, as `admin` unless said otherwise. */
import {
  type IPAddressPool,
  type IPAddressPoolSpecInput,
  ipAddressPools,
} from "../../../src/api/ip-address-pool.ts";
import { type Service, services } from "../../../src/api/kubernetes.ts";
import { type LoadBalancer, loadBalancers } from "../../../src/api/load-balancer.ts";
import {
  type LoadBalancerClass,
  type LoadBalancerClassSpecInput,
  loadBalancerClasses,
} from "../../../src/api/load-balancer-class.ts";
import type { Condition, KubeObject, Resource } from "../../../src/api/meta.ts";
import { breakGlassGroup } from "../../../src/api/names.ts";
import { isNotFound } from "../../../src/runtime/kube/api-error.ts";
import { createKubeClient, type KubeClient, type ObjectRef } from "../../../src/runtime/kube/client.ts";
import type { ControlPlaneAccess } from "../../../src/testing/control-plane/access.ts";
import { eventually } from "./installation.ts";

interface EventObject extends KubeObject {
  readonly involvedObject: { readonly name?: string };
  readonly reason: string;
  readonly message: string;
  readonly firstTimestamp: string;
}

const eventObjects: Resource<EventObject> = {
  group: "",
  version: "v1",
  plural: "events",
  kind: "Event",
  namespaced: true,
};

export interface ServiceInput {
  readonly annotations?: Record<string, string>;
  readonly labels?: Record<string, string>;
  readonly finalizers?: string[];
  readonly spec?: Partial<NonNullable<Service["spec"]>>;
}

export interface Cluster {
  readonly client: KubeClient;
  createClass(name: string, spec?: Partial<LoadBalancerClassSpecInput>): Promise<LoadBalancerClass>;
  createPool(name: string, spec: IPAddressPoolSpecInput): Promise<IPAddressPool>;
  createService(namespace: string, name: string, input?: ServiceInput): Promise<Service>;
  service(ref: ObjectRef): Promise<Service>;
  /** The addresses in the status of a Service. */
  addresses(ref: ObjectRef): Promise<string[]>;
  /** Waits until the Service has (these, if given) addresses, and gives them. */
  served(ref: ObjectRef, expected?: readonly string[]): Promise<string[]>;
  loadBalancer(ref: ObjectRef): Promise<LoadBalancer>;
  /** Waits for a condition of an object with this reason, and gives it. */
  condition<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    type: string,
    reason: string,
  ): Promise<Condition>;
  /** The Events of an object, oldest first: `reason: message`. */
  events(ref: ObjectRef): Promise<string[]>;
  gone<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): Promise<void>;
  edit<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, patch: unknown): Promise<T>;
  remove<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): Promise<void>;
}

export async function clusterOf(controlPlane: ControlPlaneAccess): Promise<Cluster> {
  const client = createKubeClient(await controlPlane.connection());
  const addresses = async (ref: ObjectRef) =>
    ((await client.get(services, ref)).status?.loadBalancer?.ingress ?? []).map(
      (entry) => entry.ip ?? entry.hostname ?? "",
    );
  return {
    client,
    createClass: (name, spec = {}) =>
      client.create(loadBalancerClasses, {
        apiVersion: "fairlead.io/v1alpha1",
        kind: "LoadBalancerClass",
        metadata: { name },
        spec: { provider: "bare-metal", ...spec },
      } as LoadBalancerClass),
    createPool: (name, spec) =>
      client.create(ipAddressPools, {
        apiVersion: "fairlead.io/v1alpha1",
        kind: "IPAddressPool",
        metadata: { name },
        spec,
      } as IPAddressPool),
    createService: (namespace, name, { annotations, labels, finalizers, spec = {} } = {}) =>
      client.create(services, {
        apiVersion: "v1",
        kind: "Service",
        metadata: {
          name,
          namespace,
          ...(annotations === undefined ? {} : { annotations }),
          ...(labels === undefined ? {} : { labels }),
          ...(finalizers === undefined ? {} : { finalizers }),
        },
        spec: {
          type: "LoadBalancer",
          allocateLoadBalancerNodePorts: false,
          selector: { app: name },
          ports: [{ name: "http", port: 80, protocol: "TCP" }],
          ...spec,
        },
      }),
    service: (ref) => client.get(services, ref),
    addresses,
    served: (ref, expected) =>
      eventually(
        async () => {
          const found = await addresses(ref);
          if (found.length === 0) throw new Error("it has no address");
          if (expected !== undefined && found.join() !== expected.join())
            throw new Error(`it has ${found.join()}`);
          return found;
        },
        `${ref.namespace}/${ref.name} has ${expected?.join() ?? "an address"}`,
      ),
    loadBalancer: (ref) => client.get(loadBalancers, ref),
    condition: (resource, ref, type, reason) =>
      eventually(async () => {
        const object = (await client.get(resource, ref)) as KubeObject & {
          status?: { conditions?: Condition[] };
        };
        const found = object.status?.conditions?.find((condition) => condition.type === type);
        if (found?.reason !== reason) throw new Error(`${type} is ${JSON.stringify(found)}`);
        return found;
      }, `${resource.kind} ${ref.name} has ${type} ${reason}`),
    async events({ namespace, name }) {
      const found = await client.list<EventObject>(eventObjects, { namespace });
      return found.items
        .filter(({ involvedObject }) => involvedObject.name === name)
        .sort((a, b) => (a.firstTimestamp < b.firstTimestamp ? -1 : 1))
        .map(({ reason, message }) => `${reason}: ${message}`);
    },
    gone: (resource, ref) =>
      eventually(async () => {
        try {
          await client.get(resource, ref);
        } catch (error) {
          if (isNotFound(error)) return;
          throw error;
        }
        throw new Error("it is there");
      }, `${resource.kind} ${ref.name} is gone`),
    edit: (resource, ref, patch) => client.patch(resource, ref, patch, { type: "merge" }),
    remove: (resource, ref) => client.delete(resource, ref),
  };
}

/** What `kubectl --as-group` gives an admin in an emergency: LoadBalancers of Services may be written and deleted. */
export async function breakGlassClient(controlPlane: ControlPlaneAccess): Promise<KubeClient> {
  const connection = await controlPlane.connection({ user: "admin" });
  return createKubeClient({
    ...connection,
    credentials: async (how) => {
      const { headers, ...rest } = await connection.credentials(how);
      // Sent as one header for each: the type knows of single values only.
      const groups = { "impersonate-group": ["system:masters", breakGlassGroup] } as object;
      return { ...rest, headers: { ...headers, ...groups } };
    },
  });
}
