/** docs/api.md: every field of our kinds, as the CRDs have them. */

import { type KindPresentation, kinds } from "../../src/api/manifests/kinds.ts";
import { type StructuralSchema, structuralSchema } from "../../src/api/manifests/structural-schema.ts";
import { apiVersion, breakGlassGroup, category, provideVerb } from "../../src/api/names.ts";
import { fieldRows } from "./field-rows.ts";
import { table } from "./markdown.ts";

const intro = `# API reference

The kinds of \`${apiVersion}\`. The API server checks all that is written here: an object that breaks a rule is refused with the
name of the field and what is wanted. \`kubectl get ${category} -A\` lists the objects of all kinds, and \`kubectl explain lb.spec\`
shows the same texts as this page.

## Who may write what

| | |
|---|---|
| LoadBalancerClass, IPAddressPool, L2Advertisement, BGPAdvertisement, BGPPeer, BFDProfile, Community | Cluster admins. |
| LoadBalancer with \`spec.serviceRef\` | Fairlead makes, changes and deletes it: users change the Service. Its labels, annotations and finalizers can be changed by whoever may edit LoadBalancers. |
| LoadBalancer without \`spec.serviceRef\` | Whoever may edit LoadBalancers in the namespace, by the roles \`edit\` and \`admin\` of Kubernetes. It is served if \`spec.policy.handWritten\` of its class allows the namespace. |
| status of a LoadBalancer | The provider of the class: Fairlead, or whoever may \`${provideVerb}\` that LoadBalancerClass by a ClusterRole. |
| Announcer | The agent of the node of that name, and no agent of another node. |

The rules about LoadBalancers and Announcers are ValidatingAdmissionPolicies (\`deploy/admission.yaml\`, \`deploy/agent.yaml\`). A namespace can be deleted at any time,
and Kubernetes' garbage collector is let through. In an emergency, with the controller gone, members of the group
\`${breakGlassGroup}\` may do everything that their roles allow:

\`\`\`sh
kubectl --as=admin --as-group=system:masters --as-group=${breakGlassGroup} delete lb NAME
\`\`\`
`;

export function apiPage(): string {
  return `${intro}\n${kinds.map(kindSection).join("\n")}`;
}

function kindSection({ resource, schema, shortNames, columns }: KindPresentation): string {
  const structural = structuralSchema(schema);
  const scope = resource.namespaced ? "In a namespace." : "Cluster-scoped.";
  const shown = columns.map(({ name, priority }) => (priority === 1 ? `${name} (with \`-o wide\`)` : name));
  return [
    `## ${resource.kind}\n`,
    `${structural.description} ${scope} Short name: \`${shortNames.join("`, `")}\`.\n`,
    `\`kubectl get\` shows: ${shown.join(", ")}.\n`,
    ...(["spec", "status"] as const).map((part) => partSection(part, structural)),
    rulesSection(structural),
  ].join("\n");
}

function partSection(part: "spec" | "status", kind: StructuralSchema): string {
  const schema = kind.properties?.[part];
  if (schema === undefined) return "";
  const rows = fieldRows(schema, "");
  return `### ${part}\n\n${table(["Field", "Type", "Default", "Description"], rows)}`;
}

function rulesSection(kind: StructuralSchema): string {
  const rows = rulesOf(kind, "").map(([field, message]) => [
    field === "" ? "the object" : `\`${field}\``,
    message,
  ]);
  return rows.length === 0 ? "" : `### Rules\n\n${table(["Field", "Rule"], rows)}`;
}

function rulesOf(schema: StructuralSchema, path: string): [field: string, message: string][] {
  const own = (schema["x-kubernetes-validations"] ?? []).map(({ message, fieldPath }): [string, string] => [
    `${path}${fieldPath ?? ""}`.replace(/^[.]/, ""),
    message,
  ]);
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    rulesOf(property, path === "" ? name : `${path}.${name}`),
  );
  return [...own, ...below, ...(schema.items ? rulesOf(schema.items, `${path}[]`) : [])];
}
