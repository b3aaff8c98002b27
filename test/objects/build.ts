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

export function anL2Advertisement(spec: Fields = {}, name = "edge"): Manifest {
  return manifest("L2Advertisement", name, spec);
}

export function aBGPAdvertisement(spec: Fields = {}, name = "edge"): Manifest {
  return manifest("BGPAdvertisement", name, spec);
}

export function aBGPPeer(spec: Fields = {}, name = "router"): Manifest {
  return manifest("BGPPeer", name, { myASN: 64500, peerASN: 64501, peerAddress: "192.0.2.1", ...spec });
}

/** A peer with these fields and `myASN` only. */
export function aBarePeer(spec: Fields = {}): Manifest {
  return manifest("BGPPeer", "router", { myASN: 64500, ...spec });
}

export function aBFDProfile(spec: Fields = {}, name = "fast"): Manifest {
  return manifest("BFDProfile", name, spec);
}

export function aCommunity(spec: Fields = {}, name = "names"): Manifest {
  return manifest("Community", name, { communities: [{ name: "backup", value: "64500:1" }], ...spec });
}

function manifest(kind: string, name: string, spec: Fields): Manifest {
  return { apiVersion, kind, metadata: { name }, spec };
}
