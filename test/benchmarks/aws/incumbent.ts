/**
 * What the AWS Load Balancer Controller costs for the same work: version 3, commit 225f4456, measured against moto behind a recording proxy
 * in the same network (3 nodes in 3 zones, one TCP port, instance targets, its security groups for front and back), its API calls counted
 * one by one; everything active, healthy and deleted at once, and moto's answers put right where they depart from AWS.
 */
import type { EventName } from "./life.ts";

export const INCUMBENT =
  "AWS Load Balancer Controller @225f4456, measured against moto with the same network";

export interface Cost {
  /** As text where it was a range. */
  readonly calls: number | string;
  readonly writes: number | string;
}

/** What was measured, by event and number of Services; nothing where it was not. */
export function incumbentCost(event: EventName, services: number): Cost | undefined {
  const at100 = services === 100;
  switch (event) {
    case "create":
      if (services === 1) return { calls: 29, writes: 8 };
      if (services === 10) return { calls: 239, writes: 71 };
      return at100 ? { calls: 2177, writes: 617 } : undefined;
    case "one more":
      return { calls: "22-24", writes: "6-8" };
    case "one less":
      return { calls: 9, writes: 4 };
    case "label edited":
      return { calls: 0, writes: 0 };
    case "unrelated annotation edited":
    case "annotation edited, same effect":
      return { calls: 16, writes: 0 };
    case "source ranges edited":
      return { calls: 17, writes: 2 };
    case "port added":
      return { calls: 25, writes: "4-5" };
    case "node added":
      return at100 ? { calls: 201, writes: 100 } : undefined;
    case "node removed":
      return at100 ? { calls: 199, writes: 100 } : undefined;
    case "restart":
      // With 99 Services.
      return at100 ? { calls: 1509, writes: 0 } : undefined;
    // One deletion was measured, as "one less", and ten idle minutes.
    case "delete after restart":
    case "delete":
    case "attribute edited":
    case "idle":
      return undefined;
    default:
      return event satisfies never;
  }
}
