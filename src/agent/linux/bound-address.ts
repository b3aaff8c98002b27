/** Addresses on interfaces, for a few seconds at a time: rtnetlink(7), RTM_NEWADDR and RTM_DELADDR. */
import { addressBytes } from "./address-bytes.ts";
import { NETLINK_ROUTE } from "./links.ts";
import {
  attribute,
  exchange,
  message,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  openNetlink,
  uint32,
  viewOf,
} from "./netlink.ts";
import { AF_INET, AF_INET6, SystemCallError, type SystemCalls } from "./system-calls.ts";

const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const attributes = { address: 1, local: 2, cacheInfo: 6, flags: 8 };
/** No wait for duplicates, which was probed for; no route for a network that is not there. */
const flags = 0x02 | 0x200;

export interface AddressBinder {
  /**
   * Puts an address on an interface that does not have it (else EEXIST: it is somebody else's), or renews it. The kernel takes it off by
   * itself when the time is up, or up to a second later.
   */
  bind(index: number, address: string, validSeconds: number, how: "new" | "renewed"): void;
  /** No matter whether it is there. */
  unbind(index: number, address: string): void;
  close(): void;
}

/** Needs CAP_NET_ADMIN to do anything. */
export function openAddressBinder(calls: SystemCalls): AddressBinder {
  const fd = openNetlink(calls, NETLINK_ROUTE);
  return {
    bind(index, address, validSeconds, how) {
      const request = message(
        RTM_NEWADDR,
        NLM_F_REQUEST | NLM_F_ACK | (how === "new" ? NLM_F_CREATE | NLM_F_EXCL : NLM_F_REPLACE),
        ...addressParts(index, address),
        attribute(attributes.flags, uint32(flags)),
        // Preferred for no time: it is not chosen as the source of anything.
        attribute(attributes.cacheInfo, uint32(0), uint32(validSeconds), uint32(0), uint32(0)),
      );
      exchange(calls, fd, [request], `bind ${address}`);
    },
    unbind(index, address) {
      try {
        const request = message(RTM_DELADDR, NLM_F_REQUEST | NLM_F_ACK, ...addressParts(index, address));
        exchange(calls, fd, [request], `take ${address} off`);
      } catch (error) {
        const gone = ["EADDRNOTAVAIL", "ENODEV"];
        if (!(error instanceof SystemCallError && gone.includes(error.code))) throw error;
      }
    },
    close: () => calls.close(fd),
  };
}

/** struct ifaddrmsg, and the address with its full length. */
function addressParts(index: number, address: string): Uint8Array[] {
  const bytes = addressBytes(address);
  const struct = new Uint8Array(8);
  struct[0] = bytes.length === 4 ? AF_INET : AF_INET6;
  struct[1] = bytes.length * 8;
  // Scope 0, global: an address of IPv4 with a narrower one comes before the node's own, and who takes the first one takes it for the node's.
  viewOf(struct).setInt32(4, index, true);
  return [struct, attribute(attributes.local, bytes), attribute(attributes.address, bytes)];
}
