/** On which of its interfaces a node may announce an address. Pure. */
import { compareText } from "../../core/compare-text.ts";
import type { Candidate } from "../world.ts";
import type { AdvertisementInForce } from "./advertising.ts";

/** What is known of one node before it is known of all. */
export interface Reach {
  readonly node: string;
  readonly preference: number;
  /** Interfaces that advertisements name. They count wherever they lead. */
  readonly named: readonly string[];
  /** Whether an advertisement names none, so that the network of the address decides. */
  readonly isOpen: boolean;
  readonly onLink: readonly string[];
  /** It may announce on an interface that is in the network of the address. */
  readonly isNear: boolean;
}

export function reachOf(
  node: string,
  selecting: readonly AdvertisementInForce[] | undefined,
  { onLink, preference }: Pick<Reach, "onLink" | "preference">,
): Reach {
  const lists = selecting?.map(({ spec }) => spec.interfaces ?? []) ?? [[]];
  const named = [...new Set(lists.flat())];
  const isOpen = lists.some((list) => list.length === 0);
  const isNear = onLink.some((name) => isOpen || named.includes(name));
  return { node, preference, named, isOpen, onLink, isNear };
}

/** @param someIsNear whether any node is. Undefined: then this one has nothing to announce the address on. */
export function candidateOf(
  { node, preference, named, isOpen, onLink }: Reach,
  someIsNear: boolean,
): Candidate | undefined {
  if (isOpen && !someIsNear) return { node, interfaces: undefined, preference };
  const interfaces = [...new Set([...named, ...(isOpen ? onLink : [])])].sort(compareText);
  return interfaces.length === 0 ? undefined : { node, interfaces, preference };
}
