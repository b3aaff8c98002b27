/** How fast AWS lets so many calls be made at all. */
import { familyOf, requestFamilies } from "../../../src/providers/aws/client.ts";
import type { AwsCall } from "../../simulators/aws/index.ts";

export interface Floor {
  readonly ms: number;
  /** The family of requests that takes the longest, with how many there were. */
  readonly because: string;
}

/**
 * With every bucket full at the beginning, and each taken from as soon as there is a token: the families of requests have buckets of their own,
 * so the slowest decides. Waiting of one call for another's answer is left out, so no controller can be this fast.
 */
export function floorOf(calls: readonly AwsCall[]): Floor {
  const counts = Map.groupBy(calls, familyOf);
  const floors = [...counts].map(([family, { length }]): Floor => {
    const { burst, perSecond } = requestFamilies[family];
    const ms = (Math.max(0, length - burst) / perSecond) * 1000;
    return { ms, because: `${length} × ${family}` };
  });
  return floors.sort((a, b) => b.ms - a.ms)[0] ?? { ms: 0, because: "no calls" };
}
