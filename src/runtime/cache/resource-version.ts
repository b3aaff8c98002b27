/** Which of two resource versions of one kind is newer. Kubernetes documents them as comparable since 1.35 (KEP-5504). */

/**
 * Negative if `a` is older than `b`, 0 if equal, positive if newer; undefined if one of them is no decimal number, as an
 * aggregated API server may have it.
 *
 * Compared as digits: the numbers may outgrow a double.
 */
export function compareResourceVersions(a: string | undefined, b: string | undefined): number | undefined {
  if (!isNumeric(a) || !isNumeric(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a === b ? 0 : a < b ? -1 : 1;
}

function isNumeric(version: string | undefined): version is string {
  return version !== undefined && /^(0|[1-9][0-9]*)$/.test(version);
}
