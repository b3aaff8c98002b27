/** docs/aws: the IAM policies for AWS, and the page that tells what is in them, from the table of permissions. */

import {
  adoptionPolicy,
  controllerPolicy,
  type IamPolicy,
  type Permission,
  type PermissionScope,
  permissions,
  readOnlyPolicy,
} from "../../src/providers/aws/permissions.ts";
import { table } from "./markdown.ts";

const intro = `# AWS permissions

| policy | for |
| --- | --- |
| [iam-policy.json](iam-policy.json) | the controller |
| [iam-policy-adoption.json](iam-policy-adoption.json) | the controller as well, while load balancers are [adopted](../adoption.md) |
| [iam-policy-read-only.json](iam-policy-read-only.json) | \`fairlead plan --online\`, \`facts\`, \`drift\`, and \`orphans\` without \`--delete\` |

Everything that Fairlead makes has its mark, the tag \`fairlead.io/cluster\`, from the call that creates it. So the policy of the controller lets it
create nothing without that tag, and change and delete only what has it.

To bind a role to one cluster, write its name into the conditions: in place of \`"Null": { "aws:ResourceTag/fairlead.io/cluster": "false" }\`
say \`"StringEquals": { "aws:ResourceTag/fairlead.io/cluster": "<UID>" }\`, and the same for \`aws:RequestTag\`. The UID is that of the namespace
kube-system: \`kubectl get ns kube-system -o jsonpath='{.metadata.uid}'\`.

What has no condition, and why:

- **Read**: AWS knows neither resources nor tags for these actions.
- **CreateSecurityGroupsInVpc**: the VPC is a resource of that call too, and is somebody else's. Name yours in place of \`vpc/*\`.
- **RulesOfSecurityGroups**: the security groups of nodes are somebody else's and have no mark. Where they carry a tag, such as
  \`kubernetes.io/cluster/<name>: owned\`, make two statements of it: one for \`aws:ResourceTag/fairlead.io/cluster\` and one for that tag. With
  \`manageNodeSecurityGroupRules: false\` in all classes, the first is enough.

Beside what Fairlead calls:

- **DescribeAccountAttributes, DescribeAddresses and DescribeInternetGateways** are not called. Elastic Load Balancing asks whether the caller might.
- **iam:CreateServiceLinkedRole** is needed for the first load balancer of an account only.
- In China and GovCloud, \`arn:aws:\` is \`arn:aws-cn:\` or \`arn:aws-us-gov:\`.

Every operation that Fairlead knows, and what it is for:

`;

const scopes: Readonly<Record<PermissionScope, string>> = {
  read: "everything",
  create: "what gets the mark with it",
  "create-under": "what gets the mark with it, on marked load balancers",
  marked: "what has the mark",
  "node-groups": "all security groups",
};

/** The files beneath docs/aws; `notice` is for the page. */
export function awsIamFiles(notice: string): { path: string; text: string }[] {
  return [
    { path: "docs/aws/iam-policy.json", text: json(controllerPolicy()) },
    { path: "docs/aws/iam-policy-adoption.json", text: json(adoptionPolicy()) },
    { path: "docs/aws/iam-policy-read-only.json", text: json(readOnlyPolicy()) },
    { path: "docs/aws/permissions.md", text: `${notice}${page()}` },
  ];
}

function page(): string {
  const all: [string, Permission][] = Object.entries(permissions);
  const rows = all.map(([operation, { service, scope, what }]) => [
    `\`${service}:${operation}\``,
    scopes[scope],
    what,
  ]);
  return `${intro}${table(["Action", "On", "For"], rows)}`;
}

function json(policy: IamPolicy): string {
  return `${JSON.stringify(policy, null, 2)}\n`;
}
