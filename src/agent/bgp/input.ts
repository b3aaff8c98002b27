/** What the BGP of one node is made from: objects as the API server has them, and what is known of this node. */
import type { BFDProfile } from "../../api/bfd-profile.ts";
import type { BGPAdvertisement } from "../../api/bgp-advertisement.ts";
import type { BGPPeer } from "../../api/bgp-peer.ts";
import type { Community } from "../../api/community.ts";
import type { IPAddressPool } from "../../api/ip-address-pool.ts";
import type { GivenOut } from "../desire/given-out.ts";

export interface BgpInput {
  readonly node: BgpNode;
  readonly given: readonly GivenOut[];
  readonly peers: readonly BGPPeer[];
  readonly advertisements: readonly BGPAdvertisement[];
  readonly profiles: readonly BFDProfile[];
  readonly communities: readonly Community[];
  readonly pools: readonly IPAddressPool[];
  /** By name of the Secret, in the operator's namespace. One that is not in it does not exist, or was not read yet. */
  readonly passwords: ReadonlyMap<string, Password>;
}

export interface BgpNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** In the order of the Node's status. */
  readonly internalIPs: readonly string[];
  /** Why the node may not announce anything now; its sessions stay. undefined: it may. */
  readonly unfit: string | undefined;
}

/** What a Secret says; `message`: why there is no password in it, as it follows "Secret x ". */
export type Password =
  /** `stale`: the Secret said so earlier; in the same form, what is wrong with it now. */
  | { readonly ok: true; readonly text: string; readonly stale?: string }
  /** `unread`: nobody knows what it says. */
  | { readonly ok: false; readonly message: string; readonly unread?: true };

/** An object that can't be served, or not in full, on this node; all others are. */
export interface BgpProblem {
  readonly kind: "BGPPeer" | "BGPAdvertisement" | "BFDProfile" | "Community";
  readonly name: string;
  /** A sentence: what is wrong, what happens meanwhile, and what to change. */
  readonly message: string;
}
