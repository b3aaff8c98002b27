/** When to announce which address on which interface again. Pure: times come in as numbers. */

/** Within a second of the last change Linux takes no new hardware address (its `locktime`), and single frames get lost. */
const roundMs = 1_100;
const rounds = 5;
/** Later on, for tables that missed it all. Apart for each address, so that not all are announced at once. */
const repeatMs = 60_000;
const mostRepeats = 64;

export interface Announcements {
  /** Begins with the first round. */
  start(due: Place, now: number): void;
  /** On that interface, or on all. */
  stop(address: string, interfaceName?: string): void;
  /** When the next is due; undefined: none. */
  next(): number | undefined;
  /** Those due; of later rounds so many at once, so that thousands do not keep the loop from its other work. Each is to be told `sent` or `later`. */
  due(now: number): Place[];
  sent(place: Place, now: number): void;
  /** Could not be sent; again at `at`. */
  later(place: Place, at: number): void;
}

export interface Place {
  readonly address: string;
  readonly interface: string;
}

interface Entry extends Place {
  round: number;
  at: number;
}

export function createAnnouncements(): Announcements {
  const byAddress = new Map<string, Map<string, Entry>>();
  /** Not later than the earliest: found again only when it is reached. */
  let earliest: number | undefined;

  function set(entry: Entry, at: number): void {
    entry.at = at;
    earliest = Math.min(earliest ?? at, at);
  }

  function find(place: Place): Entry | undefined {
    return byAddress.get(place.address)?.get(place.interface);
  }

  return {
    start({ address, interface: name }, now) {
      const places = byAddress.get(address) ?? new Map<string, Entry>();
      byAddress.set(address, places);
      const entry = { address, interface: name, round: 0, at: now };
      places.set(name, entry);
      set(entry, now);
    },
    stop(address, name) {
      if (name !== undefined) byAddress.get(address)?.delete(name);
      if (name === undefined || byAddress.get(address)?.size === 0) byAddress.delete(address);
    },
    next: () => earliest,
    due(now) {
      if (earliest === undefined || earliest > now) return [];
      const due: Place[] = [];
      earliest = undefined;
      for (const entry of byAddress.values().flatMap((places) => places.values())) {
        if (entry.at <= now && (entry.round === 0 || due.length < mostRepeats)) due.push(entry);
        else earliest = Math.min(earliest ?? entry.at, entry.at);
      }
      return due;
    },
    sent(place, now) {
      const entry = find(place);
      if (entry === undefined) return;
      entry.round += 1;
      if (entry.round < rounds) set(entry, now + roundMs);
      else set(entry, now + repeatMs * (entry.round === rounds ? 0.5 + fraction(entry.address) : 1));
    },
    later(place, at) {
      const entry = find(place);
      if (entry !== undefined) set(entry, at);
    },
  };
}

/** 0 to 1, always the same for the same text: FNV-1a. */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash / 2 ** 32;
}
