/** The schema of BFDProfile. Fields that mean the same as in MetalLB are called the same. */

import { z } from "zod";
import { apiVersion } from "../names.ts";
import * as field from "./fields.ts";

const milliseconds = z.int().min(10).max(60000).meta({ format: "int32" });

export const bfdProfileSpec = z.strictObject({
  receiveInterval: milliseconds
    .default(300)
    .describe("The shortest interval at which packets can be received, in milliseconds; 10 to 60000."),
  transmitInterval: milliseconds
    .default(300)
    .describe(
      "The shortest interval at which packets are sent, in milliseconds; 10 to 60000. The slower of this and what the peer can receive is used.",
    ),
  detectMultiplier: z
    .int()
    .min(2)
    .max(255)
    .meta({ format: "int32" })
    .default(3)
    .describe(
      "After how many packets missed the peer is held to be gone; 2 to 255. With the defaults that is 900 ms.",
    ),
  echoMode: z
    .boolean()
    .default(false)
    .describe(
      "Whether packets are sent that the peer sends back untouched. It is not for peers of several hops, nor for IPv6.",
    ),
  echoInterval: milliseconds
    .default(50)
    .describe(
      "The shortest interval at which such packets are sent and can be sent back, in milliseconds; 10 to 60000. Without `echoMode` it says nothing.",
    ),
  passiveMode: z
    .boolean()
    .default(false)
    .describe("Whether to wait for the peer's first packet before any is sent."),
  minimumTtl: z
    .int()
    .min(1)
    .max(254)
    .meta({ format: "int32" })
    .default(254)
    .describe(
      "What the TTL of a packet received from a peer of several hops must be at least; 1 to 254. 254 lets one router be between.",
    ),
});

export const bfdProfileStatus = z.strictObject({
  observedGeneration: field.observedGeneration,
  conditions: field.conditions("Accepted, Degraded"),
  peers: field.count.optional().describe("How many BGPPeers use it."),
  acceptedSpec: field.acceptedSpec.optional().describe("The spec in force: the last one that was accepted."),
});

export const bfdProfile = z
  .strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal("BFDProfile"),
    metadata: field.metadata,
    spec: bfdProfileSpec.prefault({}).describe("What is wanted."),
    status: bfdProfileStatus.optional().describe("What is the case. Written by the controller."),
  })
  .describe(
    "How BFD (RFC 5880) finds out in a fraction of a second that a BGP peer is gone. Used by BGPPeers that name it.",
  );
