/** Whether labels satisfy a Kubernetes label selector. */
import type { LabelSelector } from "../api/meta.ts";

/**
 * As the API server reads it: all requirements must hold, and an empty selector selects everything. An operator that
 * is not known selects nothing, for a selector that can't be read must not widen who is served.
 */
export function matchesLabelSelector(
  selector: LabelSelector,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  const has = (key: string) => labels !== undefined && Object.hasOwn(labels, key);
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (!has(key) || labels?.[key] !== value) return false;
  }
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    switch (operator) {
      case "In":
        return has(key) && values.includes(labels?.[key] as string);
      case "NotIn":
        return !has(key) || !values.includes(labels?.[key] as string);
      case "Exists":
        return has(key);
      case "DoesNotExist":
        return !has(key);
      default:
        operator satisfies never;
        return false;
    }
  });
}
