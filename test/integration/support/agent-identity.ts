/** The identity of a node's agent, as Kubernetes gives it: a token bound to a pod on that node. */

import { pods } from "../../../src/api/kubernetes.ts";
import { apiVersionOf } from "../../../src/api/meta.ts";
import { installation } from "../../../src/api/names.ts";
import type { Connection } from "../../../src/runtime/kube/connection.ts";
import type { ControlPlaneAccess } from "../../../src/testing/control-plane/access.ts";

const { namespace, agentServiceAccount } = installation;
const home = `/api/v1/namespaces/${namespace}`;

/** An agent of an unchanged installation, whose ServiceAccount must exist; the pod stays. */
export async function agentOn(controlPlane: ControlPlaneAccess, node: string): Promise<Connection> {
  return bearer(controlPlane, await agentToken(controlPlane, node));
}

/** The token that such an agent has. */
export async function agentToken(controlPlane: ControlPlaneAccess, node: string): Promise<string> {
  const pod = (await controlPlane.call("POST", `${home}/pods`, {
    metadata: { generateName: `agent-${node}-` },
    spec: {
      nodeName: node,
      serviceAccountName: agentServiceAccount,
      containers: [{ name: "agent", image: "agent" }],
    },
  })) as { metadata: { name: string; uid: string } };
  const { name, uid } = pod.metadata;
  return tokenFor(controlPlane, { apiVersion: apiVersionOf(pods), kind: pods.kind, name, uid });
}

/** An agent whose token is bound to nothing, as one made by `kubectl create token` is. */
export async function agentOnNoNode(controlPlane: ControlPlaneAccess): Promise<Connection> {
  return bearer(controlPlane, await tokenFor(controlPlane, undefined));
}

async function tokenFor(
  controlPlane: ControlPlaneAccess,
  boundObjectRef: object | undefined,
): Promise<string> {
  const path = `${home}/serviceaccounts/${agentServiceAccount}/token`;
  const answer = await controlPlane.call("POST", path, { spec: { boundObjectRef } });
  return (answer as { status: { token: string } }).status.token;
}

function bearer({ server, caPem }: ControlPlaneAccess, token: string): Connection {
  return {
    server,
    credentials: async () => ({
      headers: { authorization: `Bearer ${token}` },
      tls: { ca: caPem },
    }),
  };
}
