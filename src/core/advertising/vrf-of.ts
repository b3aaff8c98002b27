/** Pure. */
import type { BGPPeerSpec } from "../../api/bgp-peer.ts";

/** The VRF of a peer's session. undefined: the default one, which FRR and the commands of Linux call `default`; no other can be called so. */
export function vrfOf({ vrf }: Pick<BGPPeerSpec, "vrf">): string | undefined {
  return vrf === "default" ? undefined : vrf;
}
