/** The schema of a map of attributes: known keys with values that AWS takes. */
import * as z from "zod";
import { nearest } from "../../../api/nearest.ts";
import { quote } from "../../../core/quote.ts";
import type { Attribute } from "./attributes.ts";

/** Unknown keys are refused with the nearest known one, for AWS refuses the whole write for one of them. */
export function attributeMap(attributes: readonly Attribute[]) {
  const byKey = new Map(attributes.map((attribute) => [attribute.key, attribute]));
  return z.record(z.string(), z.string()).superRefine((map, context) => {
    for (const [key, value] of Object.entries(map)) {
      const attribute = byKey.get(key);
      if (attribute?.accepts(value) === true) continue;
      const message =
        attribute === undefined ? unknown(byKey) : (_key: string) => `must be ${attribute.wanted}`;
      context.addIssue({ code: "custom", path: [key], message: message(key) });
    }
  });
}

function unknown(known: ReadonlyMap<string, Attribute>) {
  return (key: string) => {
    const meant = nearest(key, known.keys());
    const advice =
      meant === undefined ? `those are ${[...known.keys()].join(", ")}` : `did you mean ${meant}?`;
    return `is not an attribute that a Network Load Balancer has here (${quote(key)}); ${advice}`;
  };
}
