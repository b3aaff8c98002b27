/** What must hold of Nodes and EndpointSlices in manifests, as far as Fairlead reads them. */

import { z } from "zod";
import type { EndpointSlice, Node } from "../../api/kubernetes.ts";
import type { Parsed } from "../../api/parse.ts";
import { metadata, parse } from "./service-schema.ts";

const text = z.string();

const node = z.looseObject({
  metadata,
  spec: z
    .looseObject({
      providerID: text.optional(),
      taints: z.array(z.looseObject({ key: text, effect: text })).optional(),
    })
    .optional(),
  status: z
    .looseObject({
      addresses: z.array(z.looseObject({ type: text, address: text })).optional(),
      conditions: z.array(z.looseObject({ type: text, status: text })).optional(),
    })
    .optional(),
});

const endpointSlice = z.looseObject({
  metadata,
  addressType: z.enum(["IPv4", "IPv6", "FQDN"]),
  endpoints: z
    .array(z.looseObject({ addresses: z.array(text), nodeName: text.optional(), zone: text.optional() }))
    .nullish(),
  ports: z
    .array(z.looseObject({ name: text.optional(), port: z.int().min(0).max(65535).optional() }))
    .nullish(),
});

export function parseNode(object: unknown): Parsed<Node> {
  return parse<Node>(node, object);
}

export function parseEndpointSlice(object: unknown): Parsed<EndpointSlice> {
  const parsed = parse<EndpointSlice>(endpointSlice, object);
  if (!parsed.ok) return parsed;
  const { endpoints, ports, ...rest } = parsed.value;
  // Go writes an empty slice as null.
  return { ok: true, value: { ...rest, endpoints: endpoints ?? [], ports: ports ?? [] } };
}
