/** The one order in which objects come before each other: age, then namespace, name and UID. */
import { compareText } from "./compare-text.ts";

interface Aged {
  readonly creationTimestamp?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly uid?: string | undefined;
}

/**
 * A text that sorts (by code unit) as the objects do: older first, then namespace, name, UID. The API server's
 * timestamps are of one fixed form (RFC 3339, seconds, UTC), so they sort as text.
 */
export function orderOf(metadata: Aged): string {
  return [
    metadata.creationTimestamp ?? "9999",
    metadata.namespace ?? "",
    metadata.name ?? "",
    metadata.uid ?? "",
  ].join("\u0000");
}

/** Of two texts made by `orderOf`. */
export const compareOrder = compareText;
