/** The schema of IPAddressPool. Fields that mean the same as in MetalLB are called the same. */

import { z } from "zod";
import { apiVersion } from "../names.ts";
import * as field from "./fields.ts";
import { asSet } from "./rules.ts";

const selectors = z.array(field.labelSelector.describe("A label selector.")).min(1).max(32);

const serviceAllocation = z.strictObject({
  priority: z
    .int()
    .min(0)
    .max(2147483647)
    .meta({ format: "int32" })
    .default(0)
    .describe("Which pool is tried first where several would do: 1 before 2 and so on, 0 last."),
  namespaces: asSet(z.array(field.dnsLabel.describe("The name of a namespace.")).min(1).max(256))
    .optional()
    .describe(
      "Names of the namespaces that the pool serves, in addition to those by `namespaceSelectors`; 1 to 256.",
    ),
  namespaceSelectors: selectors
    .optional()
    .meta({ "x-kubernetes-list-type": "atomic" })
    .describe(
      "Selects the namespaces that the pool serves by their labels: one of these 1 to 32 must match.",
    ),
  serviceSelectors: selectors
    .optional()
    .meta({ "x-kubernetes-list-type": "atomic" })
    .describe(
      "Selects the Services that the pool serves by their labels: one of these 1 to 32 must match, and the namespace too.",
    ),
});

export const ipAddressPoolSpec = z.strictObject({
  addresses: asSet(
    z.array(field.addressRange.describe("An address, a CIDR, or a range `first-last`.")).min(1).max(512),
  ).describe(
    "What the pool has to give: 1 to 512 addresses, CIDRs (bits beyond the prefix length are ignored) or ranges `first-last`, of both families if you like. They may not overlap each other or those of another pool.",
  ),
  autoAssign: z
    .boolean()
    .default(true)
    .describe("Whether Services get addresses of this pool without asking for them."),
  avoidBuggyIPs: z
    .boolean()
    .default(true)
    .describe(
      "Whether to leave out IPv4 addresses that end in .0 or .255, which some old devices can't reach, and IPv6 addresses whose last 64 bits are zero, for which routers answer (RFC 4291 §2.6.1). One that is asked for, or is an entry of its own, is given out all the same.",
    ),
  advertise: z
    .enum(["Layer2", "None"])
    .default("Layer2")
    .describe(
      "What holds for the pool as long as no L2Advertisement or BGPAdvertisement has ever selected it: all nodes announce its addresses on layer 2 (Layer2), or nobody does (None). See `status.advertised`.",
    ),
  layer2Mode: field.layer2Mode
    .default("Respond")
    .describe(
      "How a node makes an address reachable on layer 2: its agent answers for it (Respond), or puts it on the interface, where the kernel answers, behind rules that let nothing but the Services' ports be reached (Bind).",
    ),
  serviceAllocation: serviceAllocation
    .optional()
    .describe(
      "Whom the pool serves, and in which order. Without it, everybody, after the pools that have it.",
    ),
});

export const ipAddressPoolStatus = z.strictObject({
  observedGeneration: field.observedGeneration,
  conditions: field.conditions("Accepted, Degraded"),
  assignedIPv4: field.count
    .optional()
    .describe("How many IPv4 addresses are in use. A shared one counts once."),
  assignedIPv6: field.count
    .optional()
    .describe("How many IPv6 addresses are in use. A shared one counts once."),
  availableIPv4: field.count.optional().describe("How many IPv4 addresses are free."),
  availableIPv6: field.count
    .optional()
    .describe("How many IPv6 addresses are free, or 9007199254740991 where there are more."),
  advertised: z
    .boolean()
    .optional()
    .describe(
      "Whether an advertisement has ever selected the pool. From then on advertisements alone decide, and `spec.advertise` is not looked at any more, not even when they are deleted.",
    ),
  acceptedSpec: field.acceptedSpec.optional().describe("The spec in force: the last one that was accepted."),
});

export const ipAddressPool = z
  .strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal("IPAddressPool"),
    metadata: field.metadata,
    spec: ipAddressPoolSpec.describe("What is wanted."),
    status: ipAddressPoolStatus.optional().describe("What is the case. Written by the controller."),
  })
  .describe("Addresses that Fairlead gives to Services on bare metal.");
