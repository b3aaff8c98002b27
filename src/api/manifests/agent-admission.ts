/**
 * What an agent may write, as ValidatingAdmissionPolicies: the Announcer named as its node, and the Lease of its node. All agents have one
 * ServiceAccount; the node is that of the pod that the token is bound to, which the API server vouches for (KEP-4193). So whoever gets hold of
 * one node can't speak for another. Requests by anybody else are left to RBAC,
 * which lets agents delete nothing.
 */

import { agentLeasePrefix, group, installation, version } from "../names.ts";
import { serviceAccountUser } from "./admission.ts";
import { listOf, policy } from "./admission-policy.ts";

export interface AgentAdmissionOptions {
  /** User names of the agents. Default: the ServiceAccount of an unchanged installation. */
  readonly agents?: readonly string[];
}

const nodeKey = "authentication.kubernetes.io/node-name";

/** The policies and their bindings. */
export function agentAdmissionPolicies({ agents = [defaultAgent] }: AgentAdmissionOptions = {}): object[] {
  const byAnAgent = {
    matchConditions: [{ name: "by-an-agent", expression: `request.userInfo.username in ${listOf(agents)}` }],
    variables: [
      {
        name: "node",
        expression: `has(request.userInfo.extra) && '${nodeKey}' in request.userInfo.extra && request.userInfo.extra['${nodeKey}'].size() > 0 ? string(request.userInfo.extra['${nodeKey}'][0]) : ''`,
      },
    ],
  };
  return [
    ...policy("fairlead-agent-announcers", {
      failurePolicy: "Fail",
      matchConstraints: match(group, version, ["announcers", "announcers/status"]),
      ...byAnAgent,
      validations: [
        known,
        {
          expression: "variables.node == '' || object.metadata.name == variables.node",
          reason: "Forbidden",
          messageExpression: `'the agent of node ' + variables.node + ' writes Announcer ' + variables.node + ' only, not ' + object.metadata.name`,
        },
      ],
    }),
    ...policy("fairlead-agent-leases", {
      failurePolicy: "Fail",
      matchConstraints: match("coordination.k8s.io", "v1", ["leases"]),
      ...byAnAgent,
      validations: [
        known,
        {
          expression: `variables.node == '' || object.metadata.name == '${agentLeasePrefix}' + variables.node`,
          reason: "Forbidden",
          messageExpression: `'the agent of node ' + variables.node + ' writes Lease ${agentLeasePrefix}' + variables.node + ' only, not ' + object.metadata.name`,
        },
      ],
    }),
  ];
}

const known = {
  expression: "variables.node != ''",
  reason: "Forbidden",
  message:
    "the token does not say on which node the agent runs: use one that is bound to a pod, as Kubernetes mounts it into every pod, or to the Node (kubectl create token --bound-object-kind Node)",
};

const defaultAgent = serviceAccountUser({
  namespace: installation.namespace,
  name: installation.agentServiceAccount,
});

function match(apiGroup: string, apiVersion: string, resources: string[]) {
  const operations = ["CREATE", "UPDATE"];
  return { resourceRules: [{ apiGroups: [apiGroup], apiVersions: [apiVersion], operations, resources }] };
}
