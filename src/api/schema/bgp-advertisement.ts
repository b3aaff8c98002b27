/** The schema of BGPAdvertisement. Fields that mean the same as in MetalLB are called the same. */

import { z } from "zod";
import {
  communityPatterns,
  isCommunityAlias,
  isCommunityValue,
  isWellKnownCommunity,
} from "../community-text.ts";
import { apiVersion } from "../names.ts";
import { selected, selection, selectors } from "./advertisement.ts";
import { isValueCel } from "./community.ts";
import * as field from "./fields.ts";
import { asSet, withRules } from "./rules.ts";

const community = withRules(z.string().min(1).max(63), {
  cel: `self.matches('${communityPatterns.alias}') || ${isValueCel}`,
  message:
    "must be a community such as 64500:100 or large:64500:1:2, a well-known name such as no-export, or a name from an object of kind Community",
  holds: (text) => isCommunityAlias(text) || isWellKnownCommunity(text) || isCommunityValue(text),
});

export const bgpAdvertisementSpec = withRules(
  z.strictObject({
    ...selection,
    serviceSelectors: selectors.describe(
      "Selects the Services whose addresses are announced by their labels: one of these 1 to 32 must match. Without it, all Services. Of an address that Services share, one that is selected is enough. Not together with routes of many addresses.",
    ),
    aggregationLength: z
      .int()
      .min(1)
      .max(32)
      .meta({ format: "int32" })
      .default(32)
      .describe(
        "The prefix length of what is announced for an IPv4 address, in bits; 1 to 32. Below 32, one route stands for all addresses within it, and no part of it may be outside the pool.",
      ),
    aggregationLengthV6: z
      .int()
      .min(1)
      .max(128)
      .meta({ format: "int32" })
      .default(128)
      .describe("The same for IPv6 addresses; 1 to 128."),
    localPref: z
      .int()
      .min(1)
      .max(4294967295)
      .meta({ format: "int64" })
      .optional()
      .describe(
        "The local preference of the routes; 1 to 4294967295, the highest wins. It is sent to peers of the same AS only. Advertisements that meet in one route must not differ in it. Without it, none is set.",
      ),
    communities: asSet(z.array(community.describe("A community.")).min(1).max(63))
      .optional()
      .describe(
        "The communities that the routes carry; 1 to 63. Each is `a:b` of two 16-bit numbers, `large:a:b:c` of three 32-bit numbers, a well-known name (`no-export`, `no-advertise`, `no-export-subconfed`, `no-peer`, `blackhole`, `graceful-shutdown`), or a name from an object of kind Community. Where several advertisements meet in one route, it carries those of all.",
      ),
    peers: asSet(z.array(field.objectName.describe("The name of a BGPPeer.")).min(1).max(64))
      .optional()
      .describe("Names of the BGPPeers to announce to; 1 to 64. They need not exist yet. Without it, all."),
  }),
  {
    cel: "!has(self.serviceSelectors) || (self.aggregationLength == 32 && self.aggregationLengthV6 == 128)",
    message:
      "must be left out unless aggregationLength is 32 and aggregationLengthV6 is 128: other Services may have addresses in the same route",
    holds: ({ serviceSelectors, aggregationLength, aggregationLengthV6 }) =>
      serviceSelectors === undefined || (aggregationLength === 32 && aggregationLengthV6 === 128),
    field: "serviceSelectors",
  },
);

export const bgpAdvertisementStatus = z.strictObject({
  observedGeneration: field.observedGeneration,
  conditions: field.conditions("Accepted, Degraded"),
  ...selected,
  peers: field.count.optional().describe("How many BGPPeers it announces to."),
  acceptedSpec: field.acceptedSpec.optional().describe("The spec in force: the last one that was accepted."),
});

export const bgpAdvertisement = z
  .strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal("BGPAdvertisement"),
    metadata: field.metadata,
    spec: bgpAdvertisementSpec.prefault({}).describe("What is wanted."),
    status: bgpAdvertisementStatus.optional().describe("What is the case. Written by the controller."),
  })
  .describe(
    "Announces addresses to routers by BGP: every node that is selected, and can serve, announces a route. Several for one pool are united.",
  );
