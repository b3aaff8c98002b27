/** How each kind is read offline. */
import {
  type Parsed,
  parseBFDProfile,
  parseBGPAdvertisement,
  parseBGPPeer,
  parseCommunity,
  parseIPAddressPool,
  parseL2Advertisement,
  parseLoadBalancer,
  parseLoadBalancerClass,
} from "../../src/api/parse.ts";
import type { Manifest } from "./build.ts";

const parsers: Readonly<Record<string, (object: unknown) => Parsed<unknown>>> = {
  LoadBalancerClass: parseLoadBalancerClass,
  LoadBalancer: parseLoadBalancer,
  IPAddressPool: parseIPAddressPool,
  L2Advertisement: parseL2Advertisement,
  BGPAdvertisement: parseBGPAdvertisement,
  BGPPeer: parseBGPPeer,
  BFDProfile: parseBFDProfile,
  Community: parseCommunity,
};

export function parse(object: Manifest): Parsed<unknown> {
  const parser = parsers[object.kind];
  if (parser === undefined) throw new Error(`Nothing reads objects of kind ${object.kind}`);
  return parser(object);
}
