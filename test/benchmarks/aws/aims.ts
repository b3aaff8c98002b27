/** What was aimed at, and whether it was reached. */
import type { Happened, Life } from "./life.ts";

export interface Judged {
  readonly aim: string;
  readonly isHeld: boolean;
}

/** Undefined where nothing is aimed at but to be below the incumbent. */
export function judge(
  happened: Happened,
  { services, idleHours }: Pick<Life, "services" | "idleHours">,
): Judged | undefined {
  const { event, times, reads, writes, operations } = happened;
  const calls = reads + writes;
  switch (event) {
    case "create":
      if (services === 1) return { aim: "≤ 15 calls", isHeld: calls <= 15 };
      return services < 100 ? undefined : { aim: "≤ 8 calls each", isHeld: calls <= 8 * services };
    case "label edited":
      return { aim: "none", isHeld: calls === 0 };
    case "unrelated annotation edited":
    case "annotation edited, same effect":
      return { aim: "≤ 1 read", isHeld: writes === 0 && reads <= 1 };
    case "node added":
    case "node removed":
      // One target group was added with the port.
      return {
        aim: "≤ 1 write per target group, reads not by Service",
        isHeld: writes <= times * (services + 1) && reads <= times * 5,
      };
    case "restart":
      return { aim: "0 writes, ≤ 200 reads", isHeld: writes === 0 && reads <= 200 };
    case "idle": {
      // Read once whenever a load balancer is looked at.
      const looks = operations.DescribeLoadBalancerAttributes ?? 0;
      return {
        aim: "0 writes, each looked at once per hour",
        isHeld: writes === 0 && looks <= services * (idleHours + 1),
      };
    }
    case "one more":
    case "one less":
    case "attribute edited":
    case "source ranges edited":
    case "port added":
    case "delete":
    case "delete after restart":
      return undefined;
    default:
      return event satisfies never;
  }
}
