/**
 * Reads manifests of our kinds where no API server has checked them: the same rules, with the defaults filled in.
 * Fields that are not known are problems here, for a person wrote them.
 */

import type { z } from "zod";
import type { BFDProfile } from "./bfd-profile.ts";
import type { BGPAdvertisement } from "./bgp-advertisement.ts";
import type { BGPPeer } from "./bgp-peer.ts";
import type { Community } from "./community.ts";
import type { IPAddressPool } from "./ip-address-pool.ts";
import type { L2Advertisement } from "./l2-advertisement.ts";
import type { LoadBalancer } from "./load-balancer.ts";
import type { LoadBalancerClass } from "./load-balancer-class.ts";
import { structuralSchema } from "./manifests/structural-schema.ts";
import { type Problem, problemsOf } from "./problems.ts";
import { bfdProfile } from "./schema/bfd-profile.ts";
import { bgpAdvertisement } from "./schema/bgp-advertisement.ts";
import { bgpPeer } from "./schema/bgp-peer.ts";
import { community } from "./schema/community.ts";
import { ipAddressPool } from "./schema/ip-address-pool.ts";
import { l2Advertisement } from "./schema/l2-advertisement.ts";
import { loadBalancer } from "./schema/load-balancer.ts";
import { loadBalancerClass } from "./schema/load-balancer-class.ts";

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads a LoadBalancerClass. The object that is given is not changed. */
export function parseLoadBalancerClass(object: unknown): Parsed<LoadBalancerClass> {
  return parse(loadBalancerClass, object);
}

/** Reads a LoadBalancer. The object that is given is not changed. */
export function parseLoadBalancer(object: unknown): Parsed<LoadBalancer> {
  return parse(loadBalancer, object);
}

/** Reads an IPAddressPool. The object that is given is not changed. */
export function parseIPAddressPool(object: unknown): Parsed<IPAddressPool> {
  return parse(ipAddressPool, object);
}

/** Reads an L2Advertisement. The object that is given is not changed. */
export function parseL2Advertisement(object: unknown): Parsed<L2Advertisement> {
  return parse(l2Advertisement, object);
}

/** Reads a BGPAdvertisement. The object that is given is not changed. */
export function parseBGPAdvertisement(object: unknown): Parsed<BGPAdvertisement> {
  return parse(bgpAdvertisement, object);
}

/** Reads a BGPPeer. The object that is given is not changed. */
export function parseBGPPeer(object: unknown): Parsed<BGPPeer> {
  return parse(bgpPeer, object);
}

/** Reads a BFDProfile. The object that is given is not changed. */
export function parseBFDProfile(object: unknown): Parsed<BFDProfile> {
  return parse(bfdProfile, object);
}

/** Reads a Community. The object that is given is not changed. */
export function parseCommunity(object: unknown): Parsed<Community> {
  return parse(community, object);
}

function parse<T>(schema: z.ZodType<T>, object: unknown): Parsed<T> {
  const result = schema.safeParse(object);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, problems: problemsOf(result.error, object, structuralSchema(schema)) };
}
