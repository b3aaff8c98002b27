/** Plain objects of our kinds for tests; a test says only what it is about. */
import { apiVersion } from "../../src/api/names.ts";

type Fields = Record<string, unknown>;
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  spec: Fields;
}

export function aClass(spec: Fields = {}, name = "metal"): Manifest {
  return manifest("LoadBalancerClass", name, { provider: "bare-metal", ...spec });
}

export function aPool(spec: Fields = {}, name = "edge"): Manifest {
  return manifest("IPAddressPool", name, { addresses: ["192.0.2.0/24"], ...spec });
}

export function aLoadBalancer(spec: Fields = {}, name = "web"): Manifest {
  const usual = { className: "metal", scheme: "internal", ports: [{ port: 80 }], ipFamilies: ["IPv4"] };
  return manifest("LoadBalancer", name, { ...usual, ...spec });
}

function manifest(kind: string, name: string, spec: Fields): Manifest {
  return { apiVersion, kind, metadata: { name }, spec };
}
