/** How targets are checked. Ranges: CreateTargetGroup in the API reference of Elastic Load Balancing. */
import * as z from "zod";
import * as value from "./values.ts";

const PORT = "must be traffic-port, a port number, or the name of a port of the Service";

export const healthCheck = z.strictObject({
  protocol: z
    .enum(["TCP", "HTTP", "HTTPS"])
    .optional()
    .describe("Default: TCP; HTTP for instance targets with `externalTrafficPolicy: Local`."),
  port: z
    .union([z.int().min(1).max(65_535), z.string().refine(value.isServicePort, PORT)], { error: PORT })
    .transform(String)
    .meta({ "x-kubernetes-int-or-string": true })
    .optional()
    .describe(
      "`traffic-port`, a number, or the name of a port of the Service. Default: `traffic-port`; `spec.healthCheckNodePort` for instance targets with policy Local.",
    ),
  path: value
    .text(/^\/[\x21-\x7e]{0,1023}$/, "a path of at most 1024 characters that begins with /")
    .optional()
    .describe("For HTTP and HTTPS. Default: `/`; `/healthz` with policy Local."),
  intervalSeconds: z
    .int()
    .min(5)
    .max(300)
    .optional()
    .describe("Between two checks of a target, 5 to 300. Default: 10."),
  timeoutSeconds: z
    .int()
    .min(2)
    .max(120)
    .optional()
    .describe(
      "Without answer for so long, a check has failed; 2 to 120, not more than the interval. Default: 10 or the interval, if that is less; 6 with policy Local.",
    ),
  healthyThreshold: z
    .int()
    .min(2)
    .max(10)
    .optional()
    .describe(
      "That many good checks in a row make a target healthy, 2 to 10. Default: 3; 2 with policy Local.",
    ),
  unhealthyThreshold: z
    .int()
    .min(2)
    .max(10)
    .optional()
    .describe(
      "That many failed checks in a row make a target unhealthy, 2 to 10. Default: 3; 2 with policy Local.",
    ),
  successCodes: z
    .string()
    .max(256)
    .refine(areHttpCodes, "must be HTTP codes from 200 to 599 such as 200, 200,302 or 200-399")
    .optional()
    .describe("For HTTP and HTTPS: codes from 200 to 599. Default: `200-399`."),
});

function areHttpCodes(codes: string): boolean {
  return codes.split(",").every((part) => {
    const [first = "", last = first, ...more] = part.trim().split("-");
    const inRange = (code: string) => /^[2-5][0-9]{2}$/.test(code);
    return more.length === 0 && inRange(first) && inRange(last) && first <= last;
  });
}
