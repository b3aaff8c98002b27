/** The schema of a map of attributes: known keys with values that AWS takes. */
import * as z from "zod";
import { nearest } from "../../../api/nearest.ts";
import type { Attribute } from "./attributes.ts";

/** Unknown keys are refused with the nearest known one, for AWS refuses the whole write because of one of them. */
export function attributeMap(attributes: readonly Attribute[]) {
  const byKey = new Map(attributes.map((attribute) => [attribute.key, attribute]));
  return z.record(z.string(), z.string()).superRefine((map, context) => {
    for (const [key, value] of Object.entries(map)) {
      const attribute = byKey.get(key);
      if (attribute?.accepts(value) === true) continue;
      const message =
        attribute === undefined ? unknown(key, [...byKey.keys()]) : `must be ${attribute.wanted}`;
      context.addIssue({ code: "custom", path: [key], message });
    }
  });
}

function unknown(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  const advice = meant === undefined ? `the keys here are ${known.join(", ")}` : `did you mean ${meant}?`;
  return `is no attribute that a Network Load Balancer has here; ${advice}`;
}
