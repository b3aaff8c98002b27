/** The schema of Community. Fields that mean the same as in MetalLB are called the same. */

import { z } from "zod";
import {
  communityPatterns,
  isCommunityAlias,
  isCommunityValue,
  wellKnownCommunities,
} from "../community-text.ts";
import { apiVersion } from "../names.ts";
import * as field from "./fields.ts";
import { asMap, withRules } from "./rules.ts";

const { alias, plain, large } = communityPatterns;

/** CEL over a text: whether it is a community by its numbers. */
export const isValueCel =
  `(self.matches('${plain}') && self.split(':').all(part, int(part) <= 65535)) || ` +
  `(self.matches('${large}') && self.substring(6).split(':').all(part, int(part) <= 4294967295))`;

const wellKnown = Object.keys(wellKnownCommunities).map((name) => `'${name}'`);

const name = withRules(z.string().min(1).max(63), {
  cel: `self.matches('${alias}') && !(self in [${wellKnown.join(", ")}])`,
  message:
    "must be a name of letters, digits, '-', '_' and '.', such as 'backup', and not a well-known one such as no-export",
  holds: isCommunityAlias,
});

const value = withRules(z.string().min(3).max(63), {
  cel: isValueCel,
  message: "must be a community such as 64500:100, or a large one such as large:64500:1:2",
  holds: isCommunityValue,
});

export const communitySpec = z.strictObject({
  communities: asMap(
    z
      .array(
        z
          .strictObject({
            name: name.describe(
              "The name to be used in BGPAdvertisements, up to 63 letters, digits, `-`, `_` and `.`. No other object of this kind may have it too.",
            ),
            value: value.describe(
              "What it stands for: `a:b` of two numbers from 0 to 65535 (RFC 1997), or `large:a:b:c` of three from 0 to 4294967295 (RFC 8092).",
            ),
          })
          .describe("One name."),
      )
      .min(1)
      .max(256),
    "name",
  ).describe("Names for communities; 1 to 256."),
});

export const communityStatus = z.strictObject({
  observedGeneration: field.observedGeneration,
  conditions: field.conditions("Accepted, Degraded"),
  acceptedSpec: field.acceptedSpec.optional().describe("The spec in force: the last one that was accepted."),
});

export const community = z
  .strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal("Community"),
    metadata: field.metadata,
    spec: communitySpec.describe("What is wanted."),
    status: communityStatus.optional().describe("What is the case. Written by the controller."),
  })
  .describe("Gives names to BGP communities, to be used in BGPAdvertisements.");
