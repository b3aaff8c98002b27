/** CLOCK_MONOTONIC in milliseconds: the same number in all threads, which `performance.now()` is not. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
