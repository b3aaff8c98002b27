/** What advertisements of both protocols select: pools, nodes, Services. */

import { z } from "zod";
import * as field from "./fields.ts";
import { asSet } from "./rules.ts";

const selectors = z
  .array(field.labelSelector.describe("A label selector."))
  .min(1)
  .max(32)
  .optional()
  .meta({ "x-kubernetes-list-type": "atomic" });

export const nodeSelectors = selectors;

/** The fields that say for which addresses an advertisement is, and on which nodes. */
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
  serviceSelectors: selectors.describe(
    "Selects the Services whose addresses are announced by their labels: one of these 1 to 32 must match. Without it, all Services. Of an address that Services share, all or none must be selected.",
  ),
};

/** The counts in the status of an advertisement. */
export const selected = {
  pools: field.count.optional().describe("How many pools it selects."),
  nodes: field.count.optional().describe("How many nodes it selects."),
};
