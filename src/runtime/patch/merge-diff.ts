/** The smallest JSON merge patch (RFC 7386) that turns one value into another. Pure. */

type Value = unknown;

/**
 * `undefined` if there is nothing to change. Lists are replaced whole, as a merge patch can do no other; a member that is gone becomes
 * `null`; members that are `undefined` count as not there.
 *
 * Guarantee: applied to `from`, the patch gives `to`, unless `to` holds a `null` (which a merge patch can't write).
 */
export function mergeDiff(from: Value, to: Value): Value {
  if (!isRecord(from) || !isRecord(to)) return equal(from, to) ? undefined : to;
  const patch: Record<string, Value> = {};
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const after = to[key];
    if (after === undefined) {
      if (from[key] !== undefined) patch[key] = null;
      continue;
    }
    const change = from[key] === undefined ? after : mergeDiff(from[key], after);
    if (change !== undefined) patch[key] = change;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Deep equality of JSON values; the order of members does not count, and a member that is `undefined` is not there. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  if (!isRecord(a) || !isRecord(b)) return false;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => equal(a[key], b[key]));
}

function isRecord(value: Value): value is Record<string, Value> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
