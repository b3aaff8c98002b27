/**
 * Who holds what: the one record of holders, and what follows from it (seats, ports, stock, sharing groups), changed
 * through `put` and `remove` only. Knows nothing of pools or of why somebody holds something.
 */
import { type IPAddress, type IPFamily, sameAddress } from "../ip/address.ts";
import { type AddressStock, createAddressStock } from "./address-stock.ts";
import { type AllocationPort, type Holding, portKey, type Sharing, sharingGroup } from "./contract.ts";

export interface Holder extends Holding {
  /** The sharing last asked for; differs from `sharing` while neighbours stand against the change. */
  readonly wanted: Sharing | undefined;
}

/** One address and all who hold it. */
export interface Seat {
  readonly address: IPAddress;
  readonly holders: ReadonlyMap<string, Holder>;
  /** Which holder has a port (`TCP/80`). */
  readonly ports: ReadonlyMap<string, string>;
  /** How many of the holders are in each sharing group; who shares with nobody is in none. */
  readonly groups: ReadonlyMap<string, number>;
}

/** What became different since the last call of `takeChanges`. */
export interface LedgerChanges {
  /** Addresses that nobody holds any more. */
  readonly freed: readonly IPAddress[];
  /** Addresses with other holders, ports or sharing than before (`addressKey`). */
  readonly seats: ReadonlySet<string>;
  /** Sharing groups with another address, or with more room on one. */
  readonly groups: ReadonlySet<string>;
}

export interface Ledger {
  readonly size: number;
  holder(id: string): Holder | undefined;
  holders(): Iterable<Holder>;
  seat(address: IPAddress): Seat | undefined;
  /** The addresses that holders of this sharing group have among themselves. */
  seatsOf(group: string): readonly Seat[];
  stock(family: IPFamily): AddressStock;
  /** Makes this all that the holder has. */
  put(holder: Holder): void;
  remove(id: string): void;
  takeChanges(): LedgerChanges;
}

interface OpenSeat extends Seat {
  readonly holders: Map<string, Holder>;
  readonly ports: Map<string, string>;
  readonly groups: Map<string, number>;
}

export function addressKey({ family, value }: IPAddress): string {
  return `${family === "IPv4" ? "4" : "6"}:${value.toString(36)}`;
}

export function createLedger(): Ledger {
  const holders = new Map<string, Holder>();
  const seats = new Map<string, OpenSeat>();
  const groups = new Map<string, Set<OpenSeat>>();
  const stocks = { IPv4: createAddressStock(), IPv6: createAddressStock() };
  let changes = noChanges();

  function sit(holder: Holder, address: IPAddress): void {
    const key = addressKey(address);
    let seat = seats.get(key);
    if (!seat) {
      seat = { address, holders: new Map(), ports: new Map(), groups: new Map() };
      seats.set(key, seat);
      stocks[address.family].hold(address.value);
    }
    seat.holders.set(holder.id, holder);
    // First come, first served: restored conflicts are decided before, so this only guards the neighbour.
    for (const port of holder.ports) {
      const name = portKey(port);
      if (!seat.ports.has(name)) seat.ports.set(name, holder.id);
    }
    changes.seats.add(key);
    if (!holder.sharing) return;
    const group = sharingGroup(holder.sharing);
    seat.groups.set(group, (seat.groups.get(group) ?? 0) + 1);
    groups.set(group, (groups.get(group) ?? new Set()).add(seat));
    changes.groups.add(group);
  }

  function rise(holder: Holder, address: IPAddress, sitsAgain = false): void {
    const key = addressKey(address);
    const seat = seats.get(key);
    if (!seat?.holders.delete(holder.id)) return;
    for (const port of holder.ports) {
      const name = portKey(port);
      if (seat.ports.get(name) === holder.id) seat.ports.delete(name);
    }
    changes.seats.add(key);
    leaveGroup(holder, seat);
    // Who stays in the group finds more room here.
    for (const group of seat.groups.keys()) changes.groups.add(group);
    if (sitsAgain || seat.holders.size > 0) return;
    seats.delete(key);
    stocks[address.family].free(address.value);
    changes.freed.push(address);
  }

  function leaveGroup(holder: Holder, seat: OpenSeat): void {
    if (!holder.sharing) return;
    const group = sharingGroup(holder.sharing);
    const left = (seat.groups.get(group) ?? 1) - 1;
    if (left > 0) {
      seat.groups.set(group, left);
      return;
    }
    seat.groups.delete(group);
    const members = groups.get(group);
    members?.delete(seat);
    if (members?.size === 0) groups.delete(group);
  }

  function remove(id: string): void {
    const before = holders.get(id);
    if (!before) return;
    holders.delete(id);
    for (const address of before.addresses) rise(before, address);
  }

  return {
    get size() {
      return holders.size;
    },
    holder: (id) => holders.get(id),
    holders: () => holders.values(),
    seat: (address) => seats.get(addressKey(address)),
    seatsOf: (group) =>
      [...(groups.get(group) ?? [])].filter((seat) => seat.groups.get(group) === seat.holders.size),
    stock: (family) => stocks[family],
    put(holder) {
      const before = holders.get(holder.id);
      if (before && isSameHolder(before, holder)) return;
      holders.set(holder.id, holder);
      const stays = (old: IPAddress) => holder.addresses.some((address) => sameAddress(address, old));
      for (const address of before?.addresses ?? []) rise(before as Holder, address, stays(address));
      for (const address of holder.addresses) sit(holder, address);
    },
    remove,
    takeChanges() {
      const taken = changes;
      changes = noChanges();
      return taken;
    },
  };
}

function noChanges() {
  return { freed: [] as IPAddress[], seats: new Set<string>(), groups: new Set<string>() };
}

function isSameHolder(a: Holder, b: Holder): boolean {
  return (
    a.order === b.order &&
    a.namespace === b.namespace &&
    a.name === b.name &&
    a.addresses.length === b.addresses.length &&
    a.addresses.every((address, at) => sameAddress(address, b.addresses[at] as IPAddress)) &&
    samePorts(a.ports, b.ports) &&
    a.pools?.IPv4 === b.pools?.IPv4 &&
    a.pools?.IPv6 === b.pools?.IPv6 &&
    sameSharing(a.sharing, b.sharing) &&
    sameSharing(a.wanted, b.wanted)
  );
}

function samePorts(a: readonly AllocationPort[], b: readonly AllocationPort[]): boolean {
  return a.length === b.length && a.every((port, at) => portKey(port) === portKey(b[at] as AllocationPort));
}

function sameSharing(a: Sharing | undefined, b: Sharing | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sharingGroup(a) === sharingGroup(b);
}
