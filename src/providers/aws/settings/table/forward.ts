/** The JSON of actions.<protocol-port>: a forward action with weights. */
import * as z from "zod";
import type { Read } from "../texts.ts";

export const FORWARD_WANTED =
  '{"type":"forward","forwardConfig":{"baseServiceWeight":90,"targetGroups":[{"targetGroupARN":"arn:…","weight":10}]}} as JSON';

const written = z.strictObject({
  type: z.literal("forward"),
  forwardConfig: z.strictObject({
    baseServiceWeight: z.unknown().optional(),
    targetGroups: z.array(
      z.strictObject({
        targetGroupARN: z.unknown(),
        weight: z.unknown().optional(),
      }),
    ),
    targetGroupStickinessConfig: z.strictObject({ enabled: z.unknown() }).optional(),
  }),
});

/** The frame is read here; what is in it (weights, ARNs) is for the schema of the setting. */
export function asForward(text: string): Read {
  const json = parseJson(text);
  if (json === undefined) return { ok: false, why: "it is no JSON" };
  const result = written.safeParse(json);
  if (!result.success) {
    return namesService(json)
      ? { ok: false, why: "serviceName can't be used: name a target group by targetGroupARN" }
      : { ok: false };
  }
  const { baseServiceWeight, targetGroups, targetGroupStickinessConfig } = result.data.forwardConfig;
  return {
    ok: true,
    value: {
      ...(baseServiceWeight === undefined ? {} : { baseWeight: baseServiceWeight }),
      targetGroups: targetGroups.map(({ targetGroupARN, weight }) => ({
        arn: targetGroupARN,
        ...(weight === undefined ? {} : { weight }),
      })),
      ...(targetGroupStickinessConfig === undefined ? {} : { sticky: targetGroupStickinessConfig.enabled }),
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const naming = z.object({
  forwardConfig: z.object({ targetGroups: z.array(z.looseObject({ serviceName: z.unknown().optional() })) }),
});

function namesService(json: unknown): boolean {
  const result = naming.safeParse(json);
  return (
    result.success && result.data.forwardConfig.targetGroups.some((each) => each.serviceName !== undefined)
  );
}
