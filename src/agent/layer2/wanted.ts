/** What layer 2 was asked to do: which addresses are held or were probed for, on which interfaces, and what was counted about them. Pure. */
import type { Link } from "../linux/link.ts";
import type { Held, Layer2Counters } from "./types.ts";
import { familyOf } from "./wire.ts";

export interface Counts {
  requests: number;
  answers: number;
  announcements: number;
}

/** How long answers to a probe are listened for. */
const listenMs = 3_000;

interface Entry {
  held: Held | undefined;
  probed: { readonly interfaces: readonly string[] | undefined; readonly until: number } | undefined;
  readonly counts: Map<string, Counts>;
}

export interface Wanted {
  /** Gives what was held before. */
  hold(wanted: Held): Held | undefined;
  release(address: string): void;
  listenFor(address: string, interfaces: readonly string[] | undefined, now: number): void;
  /** Ends listening where its time has come; gives when the next ends. */
  endListening(now: number): number | undefined;
  /** Whether frames about it are to be told. */
  knows(address: string): boolean;
  held(): readonly Held[];
  /** How it is held on this interface; undefined: it is not. */
  heldOn(address: string, link: Link): Held | undefined;
  /** All that is to be heard of on this interface. */
  interestOn(link: Link): Set<string>;
  /** To be counted up. */
  counts(address: string, interfaceName: string): Counts;
  counters(): Layer2Counters[];
}

export function createWanted(): Wanted {
  const entries = new Map<string, Entry>();

  function entryOf(address: string): Entry {
    const entry = entries.get(address) ?? { held: undefined, probed: undefined, counts: new Map() };
    entries.set(address, entry);
    return entry;
  }

  return {
    hold(wanted) {
      const entry = entryOf(wanted.address);
      const before = entry.held;
      entry.held = wanted;
      return before;
    },
    release(address) {
      const entry = entries.get(address);
      if (entry?.probed === undefined) entries.delete(address);
      else entry.held = undefined;
    },
    listenFor(address, interfaces, now) {
      entryOf(address).probed = { interfaces, until: now + listenMs };
    },
    endListening(now) {
      let next: number | undefined;
      for (const [address, entry] of entries) {
        if (entry.probed === undefined) continue;
        if (entry.probed.until > now) next = Math.min(next ?? entry.probed.until, entry.probed.until);
        else if (entry.held === undefined) entries.delete(address);
        else entry.probed = undefined;
      }
      return next;
    },
    knows: (address) => entries.has(address),
    held: () => [...entries.values()].flatMap(({ held }) => held ?? []),
    heldOn(address, link) {
      const held = entries.get(address)?.held;
      return held !== undefined && concerns(address, held.interfaces, link) ? held : undefined;
    },
    interestOn(link) {
      const of = ([address, { held, probed }]: [string, Entry]) =>
        [held, probed].some((one) => one !== undefined && concerns(address, one.interfaces, link));
      return new Set([...entries].filter(of).map(([address]) => address));
    },
    counts(address, name) {
      const { counts } = entryOf(address);
      const found = counts.get(name) ?? { requests: 0, answers: 0, announcements: 0 };
      counts.set(name, found);
      return found;
    },
    counters: () =>
      [...entries].flatMap(([address, { counts }]) =>
        [...counts].map(([name, numbers]) => ({ address, interface: name, ...numbers })),
      ),
  };
}

/** Whether what is wanted on these interfaces (undefined: on all) is wanted on this one. */
export function concerns(
  address: string,
  interfaces: readonly string[] | undefined,
  { name, ipv6 }: Link,
): boolean {
  if (!ipv6 && familyOf(address) === "IPv6") return false;
  return interfaces === undefined || interfaces.includes(name);
}
