/** Manifests written short, as documents and as what they are read to. */
import { type Interpreted, interpret } from "../../../src/cli/manifests/interpret.ts";

export function read(...values: readonly unknown[]): Interpreted {
  return interpret(
    values.map((value, index) => ({ file: "all.yaml", document: index + 1, line: index * 10 + 1, value })),
    "default",
  );
}

export const metal = (spec: object = {}, name = "metal") => ({
  apiVersion: "fairlead.io/v1alpha1",
  kind: "LoadBalancerClass",
  metadata: { name },
  spec: { provider: "bare-metal", default: true, ...spec },
});

export const pool = (addresses: readonly string[], spec: object = {}, name = "edge") => ({
  apiVersion: "fairlead.io/v1alpha1",
  kind: "IPAddressPool",
  metadata: { name },
  spec: { addresses, ...spec },
});

export const service = (
  name: string,
  o: { annotations?: object; spec?: object; metadata?: object } = {},
) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, ...(o.annotations === undefined ? {} : { annotations: o.annotations }), ...o.metadata },
  spec: { type: "LoadBalancer", ports: [{ port: 80 }], ...o.spec },
});
