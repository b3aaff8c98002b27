/** BGPPeer: its types and where it is served. Loads no schema, for the API server has checked what it serves. */

import type { z } from "zod";
import type { Condition, KubeObject, ObjectMeta, Resource } from "./meta.ts";
import { group, version } from "./names.ts";
import type { bgpPeerSpec, bgpPeerStatus } from "./schema/bgp-peer.ts";

export type BGPPeerSpec = z.output<typeof bgpPeerSpec>;

/** The spec as it may be written: fields that have a default can be left out. */
export type BGPPeerSpecInput = z.input<typeof bgpPeerSpec>;

export interface BGPPeerStatus extends Omit<z.output<typeof bgpPeerStatus>, "conditions"> {
  conditions?: Condition[] | undefined;
}

export interface BGPPeer extends KubeObject {
  metadata: ObjectMeta;
  spec: BGPPeerSpec;
  status?: BGPPeerStatus | undefined;
}

export const bgpPeers: Resource<BGPPeer> = {
  group,
  version,
  plural: "bgppeers",
  kind: "BGPPeer",
  namespaced: false,
};
