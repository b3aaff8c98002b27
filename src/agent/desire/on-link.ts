/** On which interfaces of nodes an address is on-link: it is in a network that the interface has an address of. Pure. */
import type { Announcer } from "../../api/announcer.ts";
import { compareText } from "../../core/compare-text.ts";
import { familyBits, type IPFamily, parseAddress } from "../../core/ip/address.ts";
import { parseRange, rangeSize } from "../../core/ip/range.ts";

/** By node: names of the interfaces, sorted; those that the node's agent leaves alone are left out. Nodes without any are not in it. */
export type OnLink = ReadonlyMap<string, readonly string[]>;

interface Network {
  readonly family: IPFamily;
  /** How many of its last bits are the hosts' own. */
  readonly hostBits: bigint;
  readonly interfaces: readonly { readonly node: string; readonly name: string }[];
}

/** Gives the same object for addresses that are in the same networks. */
export function onLinkRules(announcers: readonly Announcer[]): (address: string) => OnLink {
  const networks = networksOf(announcers);
  // Few lengths are in use, so an address is looked up instead of compared with all networks.
  const lengths = new Map<string, Pick<Network, "family" | "hostBits">>();
  for (const { family, hostBits } of networks.values())
    lengths.set(`${family}/${hostBits}`, { family, hostBits });
  const known = new Map<string, OnLink>();
  return (text) => {
    const parsed = parseAddress(text);
    if (!parsed.ok) return new Map();
    const { family, value } = parsed.address;
    const keys = [...lengths.values()]
      .filter((length) => length.family === family)
      .map(({ hostBits }) => keyOf(family, hostBits, value))
      .filter((key) => networks.has(key));
    const all = keys.join();
    const found = known.get(all) ?? together(keys.flatMap((key) => networks.get(key)?.interfaces ?? []));
    known.set(all, found);
    return found;
  };
}

function networksOf(announcers: readonly Announcer[]): ReadonlyMap<string, Network> {
  const networks = new Map<string, Network & { readonly interfaces: { node: string; name: string }[] }>();
  for (const { metadata, status } of announcers) {
    for (const { name, networks: cidrs = [], skipped } of status?.interfaces ?? []) {
      if (skipped !== undefined) continue;
      for (const cidr of cidrs) {
        const read = parseRange(cidr);
        if (!read.ok) continue;
        const { family, first } = read.range;
        const hostBits = BigInt(rangeSize(read.range).toString(2).length - 1);
        if (hostBits === BigInt(familyBits[family])) continue;
        const key = keyOf(family, hostBits, first);
        const network = networks.get(key) ?? { family, hostBits, interfaces: [] };
        network.interfaces.push({ node: metadata.name ?? "", name });
        networks.set(key, network);
      }
    }
  }
  return networks;
}

function keyOf(family: IPFamily, hostBits: bigint, value: bigint): string {
  return `${family}/${hostBits}/${value >> hostBits}`;
}

function together(interfaces: Network["interfaces"]): OnLink {
  const byNode = new Map<string, Set<string>>();
  for (const { node, name } of interfaces) byNode.set(node, (byNode.get(node) ?? new Set()).add(name));
  return new Map([...byNode].map(([node, names]) => [node, [...names].sort(compareText)]));
}
