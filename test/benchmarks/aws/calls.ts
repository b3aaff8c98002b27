/** Calls to AWS, counted. */
import type { AwsCall } from "../../simulators/aws/index.ts";

export interface Tally {
  readonly reads: number;
  readonly writes: number;
  /** Answered by "too many requests". */
  readonly throttled: number;
  /** By operation, most first. */
  readonly operations: Readonly<Record<string, number>>;
  /** Error codes that are no throttling. */
  readonly errors: Readonly<Record<string, number>>;
}

export function tally(calls: readonly AwsCall[]): Tally {
  const isThrottled = ({ errorCode }: AwsCall) =>
    errorCode === "Throttling" || errorCode === "RequestLimitExceeded";
  const throttled = calls.filter(isThrottled).length;
  const writes = calls.filter(({ isWrite }) => isWrite).length;
  return {
    reads: calls.length - writes,
    writes,
    throttled,
    operations: counted(calls.map(({ operation }) => operation)),
    errors: counted(
      calls.flatMap((call) =>
        call.errorCode === undefined || isThrottled(call) ? [] : `${call.operation}: ${call.errorCode}`,
      ),
    ),
  };
}

function counted(names: readonly string[]): Record<string, number> {
  const groups = Map.groupBy(names, (name) => name);
  const counts = [...groups].map(([name, all]) => [name, all.length] as const);
  return Object.fromEntries(counts.sort(([a, many], [b, few]) => few - many || (a < b ? -1 : 1)));
}
