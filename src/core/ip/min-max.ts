/** The smaller and the larger of two bigints, for which `Math` has nothing. */

export function smaller(a: bigint, b: bigint): bigint {
  if (b < a) return b;
  return a;
}

export function larger(a: bigint, b: bigint): bigint {
  if (b > a) return b;
  return a;
}
