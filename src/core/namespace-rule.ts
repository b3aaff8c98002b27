/** Whether a namespace falls under a rule of a class: all, none, or those named or selected. */
import type { NamespaceRule } from "../api/load-balancer-class.ts";
import { matchesLabelSelector } from "./label-selector.ts";

/** `labels` of a namespace that is not known (yet) are `undefined`: then only its name can match. */
export function ruleAllows(
  rule: NamespaceRule,
  namespace: string,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  switch (rule.from) {
    case "All":
      return true;
    case "None":
      return false;
    case "Selected": {
      if (rule.namespaces?.includes(namespace) === true) return true;
      if (rule.namespaceSelector === undefined || labels === undefined) return false;
      return matchesLabelSelector(rule.namespaceSelector, labels);
    }
    default:
      return rule.from satisfies never;
  }
}
