/** How the traffic of one listener is shared with target groups that somebody else made. */
import * as z from "zod";
import * as value from "./values.ts";

const weight = z.int().min(0).max(999);

export const forward = z.strictObject({
  baseWeight: weight.optional().describe("The share of the Service's own pods, 0 to 999. Default: 1."),
  targetGroups: z
    .array(
      z.strictObject({
        arn: value.targetGroupArn.describe("A target group that was made by somebody else."),
        weight: weight.optional().describe("Its share, 0 to 999. Default: 1."),
      }),
    )
    .min(1)
    .max(4)
    .describe("Where else traffic goes; 1 to 4."),
  sticky: z
    .boolean()
    .default(false)
    .describe("Whether a client stays with the target group it was first sent to. Default: false."),
});
