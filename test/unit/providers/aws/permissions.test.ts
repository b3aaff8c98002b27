/** The IAM policies name all that is sent, and nothing that is not; that they are enough for real work is shown wherever the operator runs against AWS. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import {
  adoptionPolicy,
  controllerPolicy,
  type Permission,
  permissions,
  readOnlyPolicy,
} from "../../../../src/providers/aws/permissions.ts";
import { ec2, elasticloadbalancing } from "../../../../src/providers/aws/sdk.ts";
import { isAllowed } from "../../../simulators/aws/iam/policy.ts";

const directory = join(import.meta.dirname, "../../../../src/providers/aws");
const sources = readdirSync(directory, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => ({ path, text: readFileSync(join(directory, path), "utf8") }));
const table: readonly (readonly [string, Permission])[] = Object.entries(permissions);
const named = table.map(([operation]) => operation).sort();

function actionsIn({ Statement }: ReturnType<typeof controllerPolicy>): string[] {
  return [...new Set(Statement.flatMap(({ Action }) => Action))].sort();
}

test("every operation that is sent has a permission, and every permission an operation that is sent", () => {
  const sent = sources.flatMap(({ text }) =>
    [...text.matchAll(/\.(?:read|write)\(\s*"(\w+)"/g)].map(([, operation = ""]) => operation),
  );
  expect([...new Set(sent)].sort()).toEqual(named);
});

test("the SDK's commands are those, each of the service that the permission names", () => {
  const commands = [
    ...Object.keys(ec2.commands).map((operation) => `ec2:${operation}`),
    ...Object.keys(elasticloadbalancing.commands).map((operation) => `elasticloadbalancing:${operation}`),
  ];
  expect(commands.sort()).toEqual(table.map(([operation, { service }]) => `${service}:${operation}`).sort());
  const byValue = sources.filter(({ text }) => /import (?!type )[^;]* from "@aws-sdk\//.test(text));
  expect(byValue.map(({ path }) => path)).toEqual(["sdk.ts"]);
});

test("the policy of the controller has each of them, and beside them only what AWS itself asks for", () => {
  const besides = actionsIn(controllerPolicy()).filter(
    (action) => !table.some(([operation, { service }]) => action === `${service}:${operation}`),
  );
  expect(besides).toEqual([
    "ec2:DescribeAccountAttributes",
    "ec2:DescribeAddresses",
    "ec2:DescribeInternetGateways",
    "iam:CreateServiceLinkedRole",
  ]);
  expect(actionsIn(controllerPolicy())).toHaveLength(table.length + besides.length);
});

test("without the mark nothing can be written but rules of security groups", () => {
  const policies = [controllerPolicy(), adoptionPolicy()];
  const free = table.filter(([operation, { service }]) =>
    isAllowed(policies, {
      action: `${service}:${operation}`,
      resource: "*",
      context: { "aws:RequestTag/owner": "me", "aws:ResourceTag/owner": "me" },
    }),
  );
  expect(
    free.map(([operation]) => operation).filter((operation) => !operation.startsWith("Describe")),
  ).toEqual([
    "AuthorizeSecurityGroupIngress",
    "RevokeSecurityGroupIngress",
    "UpdateSecurityGroupRuleDescriptionsIngress",
  ]);
});

test("the read-only policy has every read and nothing else", () => {
  const reads = table.filter(([operation]) => operation.startsWith("Describe"));
  expect(actionsIn(readOnlyPolicy())).toEqual(
    reads.map(([operation, { service }]) => `${service}:${operation}`).sort(),
  );
});
