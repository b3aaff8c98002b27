/**
 * Which addresses are the nodes' own, so that nobody is given one of them: two would answer for it, and the node be lost. Whoever got one
 * before its node came keeps it. Knows neither pools nor holders. Costs follow the addresses of one node, never the number of nodes.
 */
import type { IPAddress, IPFamily } from "../ip/address.ts";
import { sameAddress } from "../ip/address.ts";
import { createIntervalSet } from "../ip/interval-set.ts";
import type { AddressRange } from "../ip/range.ts";
import { addressKey } from "./ledger.ts";

/** An address with the names of the nodes that say it is theirs, sorted. */
export interface NodeAddress {
  readonly address: IPAddress;
  readonly nodes: readonly string[];
}

/** Some of what was found, and how many there are in all. */
export interface NodeAddresses {
  readonly count: bigint;
  /** In the order of the ranges. */
  readonly some: readonly NodeAddress[];
}

export interface NodeBook {
  /** Makes these all that the node has; none: it is gone. */
  put(node: string, addresses: readonly IPAddress[]): NodeChange;
  /** The nodes that have the address, sorted; empty: it is no node's. */
  nodesAt(address: IPAddress): readonly string[];
  /** The addresses of nodes from `first` to `last`, as intervals, ascending. */
  within(family: IPFamily, first: bigint, last: bigint): { readonly first: bigint; readonly last: bigint }[];
  /** What of these ranges is of nodes; `most`: how many of them to name. */
  in(ranges: readonly AddressRange[], most: number): NodeAddresses;
}

export interface NodeChange {
  /** Addresses whose nodes are others than before. */
  readonly concerned: readonly IPAddress[];
  /** Those of them that are no node's any more. */
  readonly freed: readonly IPAddress[];
}

export function createNodeBook(): NodeBook {
  const addressesOf = new Map<string, readonly IPAddress[]>();
  const nodesOf = new Map<string, Set<string>>();
  const taken = { IPv4: createIntervalSet(), IPv6: createIntervalSet() };

  const nodesAt = (address: IPAddress) => [...(nodesOf.get(addressKey(address)) ?? [])].sort();
  const within: NodeBook["within"] = (family, first, last) => taken[family].within(first, last);

  return {
    nodesAt,
    within,
    put(node, given) {
      const addresses = given.filter((address, at) => !isAmong(address, given.slice(0, at)));
      const before = addressesOf.get(node) ?? [];
      const lost = before.filter((address) => !isAmong(address, addresses));
      const gained = addresses.filter((address) => !isAmong(address, before));
      if (addresses.length > 0) addressesOf.set(node, addresses);
      else addressesOf.delete(node);
      for (const address of gained) {
        const key = addressKey(address);
        nodesOf.set(key, (nodesOf.get(key) ?? new Set()).add(node));
        taken[address.family].add(address.value);
      }
      const freed = lost.filter((address) => {
        const key = addressKey(address);
        const nodes = nodesOf.get(key);
        nodes?.delete(node);
        if (nodes !== undefined && nodes.size > 0) return false;
        nodesOf.delete(key);
        taken[address.family].remove(address.value);
        return true;
      });
      return { concerned: [...lost, ...gained], freed };
    },
    in(ranges, most) {
      const some: NodeAddress[] = [];
      let count = 0n;
      for (const { family, first, last } of ranges) {
        for (const part of within(family, first, last)) {
          count += part.last - part.first + 1n;
          for (let value = part.first; value <= part.last && some.length < most; value++) {
            const address = { family, value };
            some.push({ address, nodes: nodesAt(address) });
          }
        }
      }
      return { count, some };
    },
  };
}

function isAmong(address: IPAddress, others: readonly IPAddress[]): boolean {
  return others.some((other) => sameAddress(address, other));
}
