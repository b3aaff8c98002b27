/** One interface: its sockets, with filters that pass frames about the addresses of interest, and its group memberships. */
import type { Link } from "../linux/link.ts";
import { createMulticastGroups } from "../linux/multicast-groups.ts";
import { ETH_P_ARP, ETH_P_IPV6, lostFrames, openPacketSocket } from "../linux/packet-socket.ts";
import { SystemCallError, type SystemCalls } from "../linux/system-calls.ts";
import { arpFilter, lastWord, ndpFilter, type Range, rangesOf } from "./filter.ts";
import { solicitedNodeGroup } from "./ndp.ts";

export type Family = "IPv4" | "IPv6";

export interface Wire {
  /** As it is now: to be replaced when it changes, as long as its index stays. */
  link: Link;
  fds(): number[];
  /** Opens, filters, joins and closes until frames about just these addresses come in. Throws `SystemCallError`; said again it goes on. */
  setInterest(addresses: ReadonlySet<string>): void;
  /** The next frame; undefined: none is there. */
  receive(fd: number): Uint8Array | undefined;
  /** How many found no room since this was last asked, because too many were unread. */
  lost(): number;
  /** A frame of ARP or IPv6. `false`: not sent, for the queue is full, the link is down, or the kernel refused it. */
  send(frame: Uint8Array): boolean;
  close(): void;
}

/** Ethernet's longest but for jumbo frames, and those are cut: nothing of interest is that long. */
const longestFrame = 2048;
/** Ranges of addresses that a filter may have at most; two searches over as many fit into one program. */
const mostRanges = 512;

const families = {
  IPv4: { protocol: ETH_P_ARP, filter: arpFilter },
  IPv6: { protocol: ETH_P_IPV6, filter: ndpFilter },
} as const;

export function familyOf(address: string): Family {
  return address.includes(":") ? "IPv6" : "IPv4";
}

export function createWire(calls: SystemCalls, link: Link): Wire {
  const { index } = link;
  const buffer = Buffer.allocUnsafeSlow(longestFrame);
  const sockets = new Map<Family, number>();
  const filtered = new Map<Family, ReadonlySet<string>>();
  const words = new Map<string, number>();
  const groups = createMulticastGroups(calls, index);

  /** While many addresses come, one after another, each is read once. */
  function wordsOf(addresses: ReadonlySet<string>): number[] {
    if (words.size > 2 * addresses.size + mostRanges) words.clear();
    return Array.from(addresses, (address) => {
      const word = words.get(address) ?? lastWord(address);
      words.set(address, word);
      return word;
    });
  }

  function setFilter(family: Family, addresses: ReadonlySet<string>): void {
    if (sameMembers(filtered.get(family) ?? new Set(), addresses)) return;
    const { protocol, filter } = families[family];
    const fd = sockets.get(family);
    if (addresses.size === 0) {
      if (fd !== undefined) calls.close(fd);
      sockets.delete(family);
    } else {
      withRanges(wordsOf(addresses), (ranges) => {
        const program = filter(index, ranges);
        if (fd !== undefined) calls.attachFilter(fd, program);
        else sockets.set(family, openPacketSocket(calls, { protocol, index, filter: program }));
      });
    }
    filtered.set(family, addresses);
  }

  return {
    link,
    fds: () => [...sockets.values()],
    setInterest(addresses) {
      const ofFamily = (family: Family) => new Set([...addresses].filter((one) => familyOf(one) === family));
      setFilter("IPv4", ofFamily("IPv4"));
      const ipv6 = ofFamily("IPv6");
      setFilter("IPv6", ipv6);
      groups.set(new Set([...ipv6].map(solicitedNodeGroup)));
    },
    receive(fd) {
      try {
        const length = calls.receive(fd, buffer);
        return length === undefined ? undefined : buffer.subarray(0, length);
      } catch (error) {
        if (isDown(error)) return undefined;
        throw error;
      }
    },
    lost: () => [...sockets.values()].reduce((sum, fd) => sum + lostFrames(calls, fd), 0),
    send(frame) {
      const fd = sockets.get(isArp(frame) ? "IPv4" : "IPv6");
      if (fd === undefined) return false;
      try {
        return calls.send(fd, frame);
      } catch (error) {
        // Down, gone, or refused by a rule of somebody's: it is tried again, and no reason to end all else.
        if (error instanceof SystemCallError) return false;
        throw error;
      }
    },
    close() {
      for (const fd of sockets.values()) calls.close(fd);
      sockets.clear();
      filtered.clear();
      groups.close();
    },
  };
}

/** Takes fewer ranges when the kernel has no memory for so long a filter: net.core.optmem_max, 20 KiB on kernels before 6.7. */
function withRanges(words: readonly number[], attach: (ranges: readonly Range[]) => void): void {
  for (let most = mostRanges; ; most >>>= 1) {
    try {
      attach(rangesOf(words, most));
      return;
    } catch (error) {
      if (!(error instanceof SystemCallError && error.code === "ENOMEM") || most === 1) throw error;
    }
  }
}

/** The interface went down or away: told once by the kernel, and by a change of links. */
function isDown(error: unknown): boolean {
  return error instanceof SystemCallError && ["ENETDOWN", "ENXIO", "ENODEV"].includes(error.code);
}

/** By the frame's protocol. */
export function isArp(frame: Uint8Array): boolean {
  return frame[12] === ETH_P_ARP >>> 8 && frame[13] === (ETH_P_ARP & 255);
}

function sameMembers(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((member) => other.has(member));
}
