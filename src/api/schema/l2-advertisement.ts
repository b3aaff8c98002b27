/** The schema of L2Advertisement. Fields that mean the same as in MetalLB are called the same. */

import { z } from "zod";
import { apiVersion } from "../names.ts";
import { selected, selection, selectors } from "./advertisement.ts";
import * as field from "./fields.ts";
import { asSet } from "./rules.ts";

const preferredNode = z.strictObject({
  weight: z
    .int()
    .min(1)
    .max(100)
    .meta({ format: "int32" })
    .describe("How much it counts; 1 to 100. The weights of all entries that match a node add up."),
  preference: field.labelSelector.describe("Selects nodes by their labels."),
});

export const l2AdvertisementSpec = z.strictObject({
  ...selection,
  serviceSelectors: selectors.describe(
    "Selects the Services whose addresses are announced by their labels: one of these 1 to 32 must match. Without it, all Services. Of an address that Services share all must be selected, or nobody announces it.",
  ),
  interfaces: asSet(z.array(field.interfaceName.describe("The name of an interface.")).min(1).max(64))
    .optional()
    .describe(
      "Names of the network interfaces on which the addresses are announced, exactly as the nodes have them; 1 to 64. A node that has none of them, or whose agent skips them, does not announce. Without it, on each node those whose own networks contain the address; where no node has one, all that are not skipped.",
    ),
  preferredNodeSelectors: z
    .array(preferredNode.describe("One preference."))
    .min(1)
    .max(32)
    .optional()
    .meta({ "x-kubernetes-list-type": "atomic" })
    .describe(
      "Which of the nodes come first: of those that can announce an address, the ones with the largest sum of weights get it, however many they have already; 1 to 32 entries. Without it, or where sums are equal, addresses are spread evenly.",
    ),
});

export const l2AdvertisementStatus = z.strictObject({
  observedGeneration: field.observedGeneration,
  conditions: field.conditions("Accepted, Degraded"),
  ...selected,
  acceptedSpec: field.acceptedSpec.optional().describe("The spec in force: the last one that was accepted."),
});

export const l2Advertisement = z
  .strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal("L2Advertisement"),
    metadata: field.metadata,
    spec: l2AdvertisementSpec.prefault({}).describe("What is wanted."),
    status: l2AdvertisementStatus.optional().describe("What is the case. Written by the controller."),
  })
  .describe(
    "Announces addresses on the networks that nodes are attached to, by ARP and NDP: one node at a time answers for an address. Several for one pool are united.",
  );
