/** Writes objects as YAML files with a head that says where they come from. */

import { Document } from "yaml";
import { type PolicyRule, reasonFor } from "../../src/api/manifests/rbac.ts";

const notice = "Generated from src/api by `npm run generate`. Do not edit.";

/** One file of one or more objects. `about` is a comment at its head; RBAC rules get theirs from the table. */
export function yamlFile(about: string, objects: readonly object[]): string {
  const head = [notice, ...(about === "" ? [] : about.split("\n"))].map((line) => `# ${line}`.trimEnd());
  return `${head.join("\n")}\n${objects.map(yamlOf).join("---\n")}`;
}

function yamlOf(object: object): string {
  const document = new Document(object, { aliasDuplicateObjects: false });
  const rules = (object as { rules?: PolicyRule[] }).rules ?? [];
  for (const [index, rule] of rules.entries()) {
    const why = reasonFor(rule);
    const node = document.getIn(["rules", index], true) as { commentBefore?: string };
    if (why !== undefined) node.commentBefore = ` ${why}`;
  }
  return document.toString({ lineWidth: 110 });
}
