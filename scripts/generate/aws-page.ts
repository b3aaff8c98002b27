/** docs/reference/aws.md: annotations, settings and attributes of AWS, from their definitions. */

import type * as z from "zod";
import { structuralSchema } from "../../src/api/manifests/structural-schema.ts";
import { AWS_ENTRIES } from "../../src/providers/aws/settings/annotations.ts";
import {
  type Attribute,
  LISTENER_ATTRIBUTES,
  LOAD_BALANCER_ATTRIBUTES,
  TARGET_GROUP_ATTRIBUTES,
} from "../../src/providers/aws/settings/attributes.ts";
import { awsClassSettings, IMMUTABLE_SETTINGS } from "../../src/providers/aws/settings/class-settings.ts";
import type { AwsAnnotation } from "../../src/providers/aws/settings/entry.ts";
import { awsServiceSettings } from "../../src/providers/aws/settings/service-settings.ts";
import { fieldRows } from "./field-rows.ts";
import { table } from "./markdown.ts";

const intro = `# Reference: AWS

A class with \`spec.provider: aws\` gives Services Network Load Balancers. This page has everything that a class, an annotation or a
LoadBalancer can say to it.

\`\`\`yaml
apiVersion: fairlead.io/v1alpha1
kind: LoadBalancerClass
metadata:
  name: nlb
spec:
  provider: aws
  settings:
    region: eu-central-1
    vpc: vpc-0a1b2c3d4e5f60718
\`\`\`

## How values are read

- A wrong value is refused before anything is written in AWS: \`Accepted=False\` names the key, the value and what is wanted. A load
  balancer that works goes on as it was.
- A key under \`service.beta.kubernetes.io/aws-load-balancer-\` that is not on this page is told in \`Degraded\`, with the key that was
  probably meant. What other clouds have under \`service.beta.kubernetes.io/\` is left alone.
- Booleans are those of Go: \`1 t T TRUE true True 0 f F FALSE false False\`. Lists are split at commas, empty entries left out; an empty
  list says nothing. Maps are \`key=value,key2=value2\`: a key ends at its first \`=\`, a comma within a value is written \`\\,\`, and no key
  comes twice.
- \`fairlead.io/…\` annotations with the same meaning win. A Service with two frontends can give each its own value:
  \`<key>.internal\` and \`<key>.external\` win over \`<key>\`.
- An annotation that is taken off is taken back: the default holds again. The AWS Load Balancer Controller leaves many values as they
  were.

"The AWS Load Balancer Controller" is github.com/kubernetes-sigs/aws-load-balancer-controller, "the cloud controller" is
github.com/kubernetes/cloud-provider-aws; where "others" do something else, it is both.
`;

const aboutAnnotations = `## Annotations of Services

`;

const aboutClass = `
## Settings of a class

\`spec.settings\` of a LoadBalancerClass. Once the class was accepted, ${list(IMMUTABLE_SETTINGS)} can't change any more.

`;

const aboutService = `
## Settings of a LoadBalancer

\`spec.settings\` of a LoadBalancer: what the annotations become, and what is written into a LoadBalancer without a Service. Who it is
for and who is let in are fields of their own: \`spec.scheme\`, \`spec.sourceRanges\`.

`;

const aboutAttributes = `
## Attributes

Keys and values that AWS takes. Others are refused. An attribute that is taken off goes back to its default, unless the table says
otherwise.
`;

export function awsPage(): string {
  return [
    intro,
    `\n${aboutAnnotations}`,
    AWS_ENTRIES.map(annotation).join("\n"),
    aboutClass,
    settings(awsClassSettings),
    aboutService,
    settings(awsServiceSettings),
    aboutAttributes,
    attributes("Load balancer attributes", LOAD_BALANCER_ATTRIBUTES),
    attributes("Target group attributes", TARGET_GROUP_ATTRIBUTES),
    attributes("Listener attributes", LISTENER_ATTRIBUTES),
  ].join("");
}

function annotation(entry: AwsAnnotation): string {
  const suffix = entry.variable === undefined ? "" : `.<${entry.variable.name}>`;
  const where = entry.variable?.wanted;
  const sets = entry.sets === "none" ? "nothing" : `\`spec.${entry.sets}\``;
  const facts: (readonly [string, string | undefined])[] = [
    ["Value", entry.value],
    [`\`<${entry.variable?.name ?? ""}>\``, where],
    ["Default", entry.default],
    ["Edit", entry.onChange],
    ["Sets", sets],
    ["Instead use", entry.insteadUse === undefined ? undefined : `\`${entry.insteadUse}\``],
    ["Elsewhere", entry.differs],
  ];
  const lines = facts.flatMap(([name, text]) => (text === undefined ? [] : [`- ${name}: ${text}`]));
  return `### \`${entry.key}${suffix}\`\n\n${entry.description}\n\n${lines.join("\n")}\n`;
}

function settings(schema: z.ZodObject): string {
  const { properties } = structuralSchema(schema.extend({ spec: schema }));
  return table(["Field", "Type", "Default", "Description"], fieldRows(properties?.spec ?? {}, ""));
}

function attributes(title: string, list: readonly Attribute[]): string {
  const rows = list.map(({ key, wanted, defaultText, description }) => [
    `\`${key}\``,
    wanted,
    defaultText,
    description,
  ]);
  return `\n### ${title}\n\n${table(["Key", "Value", "Default", "Effect"], rows)}`;
}

function list(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  return `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}`;
}
