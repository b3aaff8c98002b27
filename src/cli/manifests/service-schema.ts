/** What must hold of a Service in a manifest, as far as Fairlead reads it. The rest is the API server's to check. */

import { z } from "zod";
import type { Service } from "../../api/kubernetes.ts";
import type { Parsed } from "../../api/parse.ts";
import { problemsOf } from "../../api/problems.ts";

const text = z.string();
const port = z.int().min(1).max(65535);

export const metadata = z.looseObject({
  name: text.min(1).max(253),
  namespace: text.min(1).max(63).optional(),
  labels: z.record(text, text).optional(),
  annotations: z.record(text, text).optional(),
  finalizers: z.array(text).optional(),
});

const service = z.looseObject({
  metadata,
  spec: z
    .looseObject({
      type: z.enum(["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]).optional(),
      loadBalancerClass: text.optional(),
      loadBalancerIP: text.optional(),
      loadBalancerSourceRanges: z.array(text).optional(),
      selector: z.record(text, text).optional(),
      ipFamilies: z
        .array(z.enum(["IPv4", "IPv6"]))
        .max(2)
        .optional(),
      ipFamilyPolicy: z.enum(["SingleStack", "PreferDualStack", "RequireDualStack"]).optional(),
      externalTrafficPolicy: z.enum(["Cluster", "Local"]).optional(),
      ports: z
        .array(
          z.looseObject({
            port,
            protocol: z.enum(["TCP", "UDP", "SCTP"]).optional(),
            nodePort: z.int().min(0).max(65535).optional(),
          }),
        )
        .optional(),
    })
    .refine((spec) => spec.type !== "LoadBalancer" || (spec.ports?.length ?? 0) > 0, {
      message: "must have at least 1 entry for type LoadBalancer",
      path: ["ports"],
    }),
  status: z
    .looseObject({
      loadBalancer: z
        .looseObject({
          ingress: z.array(z.looseObject({ ip: text.optional(), hostname: text.optional() })).optional(),
        })
        .optional(),
    })
    .optional(),
});

const namespace = z.looseObject({ metadata });

export function parseService(object: unknown): Parsed<Service> {
  return parse<Service>(service, object);
}

export function parseNamespace(object: unknown) {
  return parse(namespace, object);
}

export function parse<T>(schema: z.ZodType<unknown>, object: unknown): Parsed<T> {
  const result = schema.safeParse(object);
  if (result.success) return { ok: true, value: object as T };
  return { ok: false, problems: problemsOf(result.error, object, {}) };
}
