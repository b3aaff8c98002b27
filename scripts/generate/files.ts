/** Which files are generated, and what is in them. */

import { admissionPolicies, defaultClassPolicy } from "../../src/api/manifests/admission.ts";
import { agentAdmissionPolicies } from "../../src/api/manifests/agent-admission.ts";
import { crdOf } from "../../src/api/manifests/crd.ts";
import { kinds } from "../../src/api/manifests/kinds.ts";
import { agentRbac, controllerRbac, passwordRbac, userRoles } from "../../src/api/manifests/rbac.ts";
import { installation } from "../../src/api/names.ts";
import { apiPage } from "./api-page.ts";
import { awsIamFiles } from "./aws-iam.ts";
import { awsPage } from "./aws-page.ts";
import { cliPage } from "./cli-page.ts";
import { reasonsPage } from "./reasons-page.ts";
import { yamlFile } from "./yaml.ts";

export interface GeneratedFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** Every generated file, in its current form. */
export function generatedFiles(): GeneratedFile[] {
  const crds = kinds.map(crdOf);
  return [
    ...crds.map((crd) => ({ path: `crds/${crd.metadata.name}.yaml`, text: yamlFile("", [crd]) })),
    { path: "deploy/admission.yaml", text: yamlFile(aboutAdmission, admissionPolicies()) },
    {
      path: "deploy/agent.yaml",
      text: yamlFile(aboutAgent, [
        accountOf(installation.agentServiceAccount),
        ...agentRbac(),
        ...agentAdmissionPolicies(),
      ]),
    },
    { path: "deploy/agent-bgp-passwords.yaml", text: yamlFile(aboutPasswords, passwordRbac()) },
    { path: "deploy/default-class.yaml", text: yamlFile(aboutDefaultClass, defaultClassPolicy("main")) },
    {
      path: "deploy/rbac.yaml",
      text: yamlFile(aboutRbac, [...account, ...controllerRbac(), ...userRoles()]),
    },
    {
      path: "deploy/rbac-namespaced.yaml",
      text: yamlFile(aboutNamespaced, [
        ...account,
        ...controllerRbac({ watchNamespaces: ["team-a", "team-b"] }),
        ...userRoles(),
      ]),
    },
    { path: "docs/api.md", text: `${notice}${apiPage()}` },
    { path: "docs/cli.md", text: `${cliNotice}${cliPage()}` },
    { path: "docs/reference/aws.md", text: `${awsNotice}${awsPage()}` },
    ...awsIamFiles(iamNotice),
    { path: "docs/reasons.md", text: `${notice}${reasonsPage()}` },
  ];
}

const notice = "<!-- Generated from src/api by `npm run generate`. Do not edit. -->\n\n";

const cliNotice = "<!-- Generated from src/cli by `npm run generate`. Do not edit. -->\n\n";

const awsNotice =
  "<!-- Generated from src/providers/aws/settings by `npm run generate`. Do not edit. -->\n\n";

const iamNotice =
  "<!-- Generated from src/providers/aws/permissions.ts by `npm run generate`. Do not edit. -->\n\n";

const { namespace, serviceAccount } = installation;

const accountOf = (name: string) => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name, namespace },
});

const account = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
  accountOf(serviceAccount),
];

const aboutAgent = `
What the agents of nodes may do, where addresses are announced on bare metal. To be applied after rbac.yaml.
Each writes the Announcer and the Lease of its own node only: that of the pod that its token is bound to,
which Kubernetes says of tokens from 1.30 on. No Secret can be read: for passwords of BGP there is agent-bgp-passwords.yaml.
If agents run under another ServiceAccount, change its name in the conditions called by-an-agent.`;

const aboutPasswords = `
Only where BGPPeers have passwords (spec.passwordSecret); nothing else needs it. To be applied after agent.yaml, and again
whenever a Secret is added: write the names of your Secrets in place of those below. The agents may read these and no others.`;

const aboutAdmission = `
LoadBalancers that belong to a Service are written and deleted by the controller only, and statuses by providers only.
If the controller runs under another ServiceAccount, change its name in the conditions called not-by-the-controller.

In an emergency, act as a member of the group fairlead.io:break-glass; you need the permission to impersonate it:
  kubectl --as=$(whoami) --as-group=system:masters --as-group=fairlead.io:break-glass delete lb NAME
Removing a finalizer and deleting a namespace need no such thing. Kubernetes' garbage collector is known by its account,
as kube-controller-manager gives it with --use-service-account-credentials; a cluster without that flag, where it runs as
somebody else than system:kube-controller-manager, needs that name in the condition called not-by-a-collector.`;

const aboutDefaultClass = `
For clouds whose own controller also takes Services without a class: gives them the class "main" (change it below)
when they become Services of type LoadBalancer. Needs Kubernetes 1.36 or newer. Not needed elsewhere:
there spec.default: true on a LoadBalancerClass is enough.`;

const aboutRbac = `
What the controller may do in the whole cluster, and what users may do with Fairlead's kinds.`;

const aboutNamespaced = `
What the controller needs when it serves some namespaces only: --watch-namespace=team-a,team-b.
Repeat the Role and the RoleBinding of team-a for each of yours.`;
