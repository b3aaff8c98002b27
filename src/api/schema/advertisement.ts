/** What advertisements of both protocols select. */

import { z } from "zod";
import * as field from "./fields.ts";
import { asSet } from "./rules.ts";

/** 1 to 32 label selectors, of which one must match. */
export const selectors = z
  .array(field.labelSelector.describe("A label selector."))
  .min(1)
  .max(32)
  .optional()
  .meta({ "x-kubernetes-list-type": "atomic" });

/** The fields that say of which pools an advertisement is, and on which nodes. */
export const selection = {
  ipAddressPools: asSet(z.array(field.objectName.describe("The name of a pool.")).min(1).max(64))
    .optional()
    .describe(
      "Names of the pools whose addresses are announced, in addition to those by `ipAddressPoolSelectors`; 1 to 64. They need not exist yet. With neither field, all pools.",
    ),
  ipAddressPoolSelectors: selectors.describe(
    "Selects pools by their labels: one of these 1 to 32 must match, or the pool be named in `ipAddressPools`.",
  ),
  nodeSelectors: selectors.describe(
    "Selects the nodes that announce by their labels: one of these 1 to 32 must match. Without it, all nodes.",
  ),
};

/** The counts in the status of an advertisement. */
export const selected = {
  pools: field.count.optional().describe("How many pools it selects."),
  nodes: field.count.optional().describe("How many nodes it selects."),
};
