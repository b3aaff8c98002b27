/** The Node object of an instance, as a kubelet and the cloud's node controller leave it; named as its instance. */
import type { Node as KubeNode } from "../../../src/api/kubernetes.ts";
import type { Node } from "./network.ts";

export function kubeNode({ instance, providerID, privateIP, zone }: Node): KubeNode {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: instance, labels: { "topology.kubernetes.io/zone": zone } },
    spec: { providerID },
    status: {
      addresses: [{ type: "InternalIP", address: privateIP }],
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
}
