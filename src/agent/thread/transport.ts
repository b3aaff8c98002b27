/** Datagrams between agents: over the node network, and by multicast on every segment. Synchronous. */
import type { Link } from "../linux/link.ts";
import { AF_INET, AF_INET6, SystemCallError, type SystemCalls } from "../linux/system-calls.ts";
import type { Path } from "../protocol/events.ts";
import { type Family, groupAddress, openNodeSocket, openSegmentSocket } from "./heartbeat-sockets.ts";
import { type SocketAddress, socketAddress } from "./socket-address.ts";

export interface Transport {
  fds(): readonly number[];
  /** All interfaces, whenever one has changed: those that are up and not skipped become segments. */
  setLinks(links: readonly Link[]): void;
  /** Gives on how many segments it went out. */
  sendToSegments(datagram: Uint8Array): number;
  /** To the first of the addresses that a datagram can be sent to; whether there was one. */
  sendToNode(addresses: readonly string[], datagram: Uint8Array): boolean;
  /** Reads what is there, a bounded part of it. What `take` is given is valid only until it returns. */
  receive(fd: number, take: (datagram: Uint8Array, path: Path) => void): void;
  close(): void;
}

interface Socket {
  readonly family: Family;
  readonly path: Path;
  /** Of segments: what tells that the socket is the right one still. */
  readonly key: string;
  /** Where multicast goes; undefined: it is sent on another socket of the segment, or this is none. */
  readonly group: SocketAddress | undefined;
}

export interface TransportOptions {
  readonly calls: SystemCalls;
  readonly port: number;
  /** What is to be told to people, once for each change. */
  readonly onTrouble: (message: string) => void;
}

/** A turn of the loop reads no more than this from one socket. */
const mostAtOnce = 32;
/** More than any heartbeat: what is longer is cut and so is refused. */
const longestDatagram = 2048;
const mostDestinations = 4096;
const networkPath: Path = { kind: "network" };

/** @throws Error when the port is taken, or not even one family of addresses can be used. */
export function openTransport({ calls, port, onTrouble }: TransportOptions): Transport {
  const sockets = new Map<number, Socket>();
  const buffer = new Uint8Array(longestDatagram);
  const destinations = new Map<string, SocketAddress>();
  openNodeSockets();

  function openNodeSockets(): void {
    for (const family of [AF_INET, AF_INET6] as const) {
      try {
        const fd = openNodeSocket(calls, family, port);
        sockets.set(fd, { family, path: networkPath, key: "", group: undefined });
      } catch (error) {
        // A kernel without IPv6, or the other way round.
        if (codeOf(error) === "EAFNOSUPPORT" || codeOf(error) === "EADDRNOTAVAIL") continue;
        for (const fd of sockets.keys()) calls.close(fd);
        if (codeOf(error) !== "EADDRINUSE") throw error;
        throw new Error(
          `UDP port ${port} is in use on this node, and heartbeats need it: end the other agent or program that has it, or give all agents another with --heartbeat-port`,
        );
      }
    }
    if (sockets.size === 0) throw new Error("Cannot send heartbeats: this node has neither IPv4 nor IPv6");
  }

  const keyOf = (link: Link, family: Family) =>
    [family, link.name, link.index, link.addresses.some(isIPv4), link.mac].join(" ");
  const openSegment = (link: Link, family: Family): void => {
    const sends = link.addresses.some(isIPv4) ? AF_INET : AF_INET6;
    try {
      const fd = openSegmentSocket(calls, family, link, port);
      const group = family === sends ? groupAddress(family, link, port) : undefined;
      const path: Path = { kind: "segment", interface: link.name };
      sockets.set(fd, { family, path, key: keyOf(link, family), group });
    } catch (error) {
      // It is told as an interface that went away, a moment later.
      if (codeOf(error) === "ENODEV" || codeOf(error) === "EAFNOSUPPORT") return;
      onTrouble(`Cannot exchange heartbeats by multicast on ${link.name}: ${(error as Error).message}`);
    }
  };
  const trySend = (fd: number, datagram: Uint8Array, to: SocketAddress): boolean => {
    try {
      return calls.send(fd, datagram, to.bytes);
    } catch (error) {
      // No carrier, no route, refused by a firewall: to the protocol the same as lost.
      if (error instanceof SystemCallError) return false;
      throw error;
    }
  };
  const destination = (address: string): SocketAddress => {
    let to = destinations.get(address);
    if (to === undefined) {
      if (destinations.size >= mostDestinations) destinations.clear();
      to = socketAddress(address, port);
      destinations.set(address, to);
    }
    return to;
  };

  return {
    fds: () => [...sockets.keys()],
    setLinks(links) {
      const wanted = new Map<string, { link: Link; family: Family }>();
      for (const link of links) {
        if (!link.up || link.skipped !== undefined) continue;
        const families: Family[] = link.ipv6 ? [AF_INET, AF_INET6] : [AF_INET];
        for (const family of families) wanted.set(keyOf(link, family), { link, family });
      }
      for (const [fd, { path, key }] of sockets) {
        if (path.kind !== "segment" || wanted.delete(key)) continue;
        sockets.delete(fd);
        calls.close(fd);
      }
      for (const { link, family } of wanted.values()) openSegment(link, family);
    },
    sendToSegments(datagram) {
      let sent = 0;
      for (const [fd, { group }] of sockets)
        if (group !== undefined && trySend(fd, datagram, group)) sent += 1;
      return sent;
    },
    sendToNode(addresses, datagram) {
      for (const address of addresses) {
        const to = destination(address);
        for (const [fd, { path, family }] of sockets)
          if (path.kind === "network" && family === to.family && trySend(fd, datagram, to)) return true;
      }
      return false;
    },
    receive(fd, take) {
      const socket = sockets.get(fd);
      if (socket === undefined) return;
      for (let count = 0; count < mostAtOnce; count += 1) {
        const length = receiveOne(calls, fd, buffer);
        if (length === undefined) return;
        take(buffer.subarray(0, length), socket.path);
      }
    },
    close() {
      for (const fd of sockets.keys()) calls.close(fd);
      sockets.clear();
    },
  };
}

/** A socket that reports an error once (an interface went down, a port was refused) works on. */
function receiveOne(calls: SystemCalls, fd: number, into: Uint8Array): number | undefined {
  try {
    return calls.receive(fd, into);
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof SystemCallError ? error.code : undefined;
}

function isIPv4(address: string): boolean {
  return !address.includes(":");
}
