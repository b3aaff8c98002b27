/** What the BGP of a node is made from, for tests: objects as the API server has them once the controller has accepted them. */
import type { z } from "zod";
import type { BgpInput, BgpNode } from "../../src/agent/bgp/input.ts";
import type { GivenOut, GivenOutSharer } from "../../src/agent/desire/given-out.ts";
import type { BFDProfile } from "../../src/api/bfd-profile.ts";
import type { BGPAdvertisement, BGPAdvertisementSpecInput } from "../../src/api/bgp-advertisement.ts";
import type { BGPPeer, BGPPeerSpecInput } from "../../src/api/bgp-peer.ts";
import type { Community } from "../../src/api/community.ts";
import type { IPAddressPool } from "../../src/api/ip-address-pool.ts";
import { bfdProfileSpec } from "../../src/api/schema/bfd-profile.ts";
import { bgpAdvertisementSpec } from "../../src/api/schema/bgp-advertisement.ts";
import { bgpPeerSpec } from "../../src/api/schema/bgp-peer.ts";
import { communitySpec } from "../../src/api/schema/community.ts";
import { ipAddressPoolSpec } from "../../src/api/schema/ip-address-pool.ts";

/** Seconds after the first; the older of two that contradict each other holds. */
interface Born {
  readonly born?: number;
  readonly labels?: Readonly<Record<string, string>>;
}

export function peer(name: string, spec: Partial<BGPPeerSpecInput>, born: Born = {}): BGPPeer {
  const either = spec.peerAddress === undefined && spec.interface === undefined;
  const own = { myASN: 64500, ...(either ? { peerAddress: "10.88.1.1" } : {}), ...asnOf(spec), ...spec };
  return accepted(name, bgpPeerSpec, own, born);
}

function asnOf(spec: Partial<BGPPeerSpecInput>): Partial<BGPPeerSpecInput> {
  return spec.dynamicASN === undefined ? { peerASN: 64501 } : {};
}

export function advertisement(
  name: string,
  spec: BGPAdvertisementSpecInput = {},
  born: Born = {},
): BGPAdvertisement {
  return accepted(name, bgpAdvertisementSpec, spec, born);
}

export function profile(name: string, spec: z.input<typeof bfdProfileSpec> = {}): BFDProfile {
  return accepted(name, bfdProfileSpec, spec, {});
}

export function community(
  name: string,
  values: Readonly<Record<string, string>>,
  born: Born = {},
): Community {
  const communities = Object.entries(values).map(([each, value]) => ({ name: each, value }));
  return accepted(name, communitySpec, { communities }, born);
}

export function pool(name: string, addresses: string[], born: Born = {}): IPAddressPool {
  return accepted(name, ipAddressPoolSpec, { addresses }, born);
}

export function given(
  address: string,
  o: Partial<GivenOut> & { sharer?: Partial<GivenOutSharer> } = {},
): GivenOut {
  const { sharer, ...more } = o;
  return {
    address,
    family: address.includes(":") ? "IPv6" : "IPv4",
    pool: "edge",
    sharers: [
      {
        namespace: "shop",
        name: "web",
        service: "web",
        policy: "Cluster",
        labels: undefined,
        usable: "elsewhere",
        ...sharer,
      },
    ],
    ...more,
  };
}

export const aNode: BgpNode = {
  name: "node-1",
  labels: { rack: "a" },
  internalIPs: ["10.88.0.11", "fd88::11"],
  unfit: undefined,
};

/** One peer, one advertisement of everything, one address of a pool; a test says what is different. */
export function bgpInput(o: Partial<BgpInput> = {}): BgpInput {
  return {
    node: aNode,
    given: [given("203.0.113.7")],
    peers: [peer("router", {})],
    advertisements: [advertisement("all")],
    profiles: [],
    communities: [],
    pools: [pool("edge", ["203.0.113.0/24", "2001:db8:9::/64"])],
    passwords: new Map(),
    ...o,
  };
}

/** With the defaults that the API server fills in. @throws where the API server would refuse it */
function accepted<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  spec: z.input<Schema>,
  { born = 0, labels }: Born,
) {
  const full = schema.parse(spec);
  const creationTimestamp = new Date(Date.UTC(2026, 0, 1, 0, 0, born)).toISOString();
  return {
    metadata: { name, creationTimestamp, ...(labels === undefined ? {} : { labels }) },
    spec: full,
    status: { acceptedSpec: full as Record<string, unknown> },
  };
}
