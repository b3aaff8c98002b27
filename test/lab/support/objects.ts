/** Objects of the lab's cluster that a kubelet and people would write: Nodes, the agents' Pods and logins, Services with what is behind them. */
import { type EndpointSlice, endpointSlices, nodes, pods, services } from "../../../src/api/kubernetes.ts";
import { isConflict, isNotFound } from "../../../src/runtime/kube/api-error.ts";
import type { KubeClient, ObjectRef } from "../../../src/runtime/kube/client.ts";
import type { ControlPlaneAccess } from "../../../src/testing/control-plane/access.ts";
import { kubeconfigOf } from "../../../src/testing/control-plane/credentials.ts";
import { backendHost, type NodeHost } from "./hosts.ts";

export const agentAccount = { namespace: "fairlead-system", name: "fairlead-agent" } as const;
/** Of the Services of a lab. */
export const labNamespace = "lab";
const pageServerPort = 8080;
const tokenLifetimeSeconds = 8 * 3_600;

export async function createNode(client: KubeClient, node: NodeHost): Promise<void> {
  const { name, ipv4, ipv6, number } = node;
  await client.create(nodes, {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name } },
    spec: {
      podCIDR: `10.244.${number}.0/24`,
      podCIDRs: [`10.244.${number}.0/24`, `fd00:10:244:${number}::/64`],
    },
  } as never);
  const addresses = [
    { type: "InternalIP", address: ipv4 },
    { type: "InternalIP", address: ipv6 },
    { type: "Hostname", address: name },
  ];
  const conditions = [{ type: "Ready", status: "True", reason: "KubeletReady" }];
  const status = { status: { addresses, conditions } };
  await client.patch(nodes, { name }, status, { type: "merge", subresource: "status" });
}

/** The kubeconfig of a node's agent, as a Pod on that node has it: the token says which node it is for. */
export async function agentLogin(
  access: ControlPlaneAccess,
  client: KubeClient,
  node: string,
): Promise<string> {
  const { namespace, name: account } = agentAccount;
  const pod = await client.create(pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { generateName: `fairlead-agent-${node}-`, namespace },
    spec: {
      nodeName: node,
      serviceAccountName: account,
      hostNetwork: true,
      containers: [{ name: "agent", image: "fairlead" }],
    },
  } as never);
  const { name, uid } = pod.metadata;
  const boundObjectRef = { apiVersion: "v1", kind: "Pod", name, uid };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const answer = await access.call("POST", path, {
    spec: { expirationSeconds: tokenLifetimeSeconds, boundObjectRef },
  });
  const { token } = (answer as { status: { token: string } }).status;
  return kubeconfigOf({ server: access.server, caPem: access.caPem, token });
}

/** Where requests to a Service end: at a server on the switch, so that no fault of a node takes it away, or at pods of these nodes. */
export type Behind = { readonly at: "switch" } | { readonly at: "pods"; readonly of: readonly NodeHost[] };

export interface ServiceOptions {
  readonly families?: "IPv4" | "IPv6" | "both";
  readonly policy?: "Cluster" | "Local";
  readonly behind?: Behind;
  /** That of the Service; the page is served at another. Default: 80. */
  readonly port?: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A Service of type LoadBalancer without selector, and its EndpointSlices. */
export async function createService(
  client: KubeClient,
  name: string,
  o: ServiceOptions = {},
): Promise<ObjectRef> {
  const { families = "IPv4", policy = "Cluster", behind = { at: "switch" }, port = 80, annotations = {} } = o;
  await client.create(services, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: labNamespace, annotations },
    spec: {
      type: "LoadBalancer",
      allocateLoadBalancerNodePorts: false,
      externalTrafficPolicy: policy,
      ipFamilyPolicy: families === "both" ? "RequireDualStack" : "SingleStack",
      ipFamilies: families === "both" ? ["IPv4", "IPv6"] : [families],
      ports: [{ name: "http", port, targetPort: pageServerPort, protocol: "TCP" }],
    },
  } as never);
  const ref = { namespace: labNamespace, name };
  await setBehind(client, ref, behind);
  return ref;
}

/** Makes these what is behind a Service, and nothing else. */
export async function setBehind(client: KubeClient, service: ObjectRef, behind: Behind): Promise<void> {
  for (const family of ["IPv4", "IPv6"] as const) {
    const slice = sliceOf(service, family, behind);
    const { name, namespace } = slice.metadata;
    const o = { type: "apply", fieldManager: "lab", force: true } as const;
    await client.patch(endpointSlices, { name: name ?? "", namespace }, slice, o);
  }
}

/** Removes a Service and its EndpointSlices; returns when the Service is gone. */
export async function deleteService(client: KubeClient, name: string): Promise<void> {
  await client.delete(services, { namespace: labNamespace, name });
  for (const family of ["ipv4", "ipv6"])
    await client.delete(endpointSlices, { namespace: labNamespace, name: `${name}-${family}` });
  for (;;) {
    try {
      await client.get(services, { namespace: labNamespace, name });
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function sliceOf(service: ObjectRef, family: "IPv4" | "IPv6", behind: Behind): EndpointSlice {
  const hosts =
    behind.at === "switch"
      ? [{ host: backendHost, nodeName: undefined }]
      : behind.of.map((node) => ({ host: node.pod, nodeName: node.name }));
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${service.name}-${family.toLowerCase()}`,
      namespace: service.namespace,
      labels: {
        "kubernetes.io/service-name": service.name,
        "endpointslice.kubernetes.io/managed-by": "lab",
      },
    },
    addressType: family,
    ports: [{ name: "http", port: pageServerPort, protocol: "TCP" }],
    endpoints: hosts.map(({ host, nodeName }) => ({
      addresses: [family === "IPv4" ? host.ipv4 : host.ipv6],
      conditions: { ready: true, serving: true, terminating: false },
      ...(nodeName === undefined ? {} : { nodeName }),
    })),
  } as never;
}
