/**
 * Addresses that this node's interfaces have, for pools with `layer2Mode: Bind`: the kernel answers for them, as for its own. Each is guarded
 * before it is bound (guard.ts), and bound for a short time only, which is renewed while this node may speak for it: when this process
 * dies, the kernel stops by itself.
 */
import { openAddressBinder } from "../linux/bound-address.ts";
import { SystemCallError, type SystemCalls } from "../linux/system-calls.ts";
import { createGuard } from "./guard.ts";

export interface BoundPlace {
  readonly address: string;
  /** Of the interface. */
  readonly index: number;
}

/** Nothing throws where the kernel refuses: what can't be bound is not, and it is said why. */
export interface BoundAddresses {
  /** Takes off what a process before this one has left on these interfaces. */
  sweep(indexes: readonly number[]): void;
  /** Whether the kernel answers for it there. */
  has(place: BoundPlace): boolean;
  /** Binds and unbinds until just these are bound. Gives the first reason why one can't be. */
  set(places: readonly BoundPlace[]): SystemCallError | undefined;
  /** Takes it off everywhere, now. */
  drop(address: string): void;
  /** When `renew` is due; undefined: nothing is bound. */
  nextDue(): number | undefined;
  /** Puts off the end of all, and puts the guard up again where it was swept away. What can't be renewed is bound no more. */
  renew(now: number): SystemCallError | undefined;
  /** Unbinds all and takes down the guard. */
  close(): void;
}

/** In whole seconds; the kernel takes up to one more. */
const validSeconds = 2;
const renewMs = 600;

export function createBoundAddresses(calls: SystemCalls): BoundAddresses {
  const guard = createGuard(calls);
  const binder = openAddressBinder(calls);
  /** Indexes of interfaces by address. */
  const bound = new Map<string, Set<number>>();
  let isGuarded = false;
  let renewAt = Number.NEGATIVE_INFINITY;

  const places = (): BoundPlace[] =>
    [...bound].flatMap(([address, indexes]) => [...indexes].map((index) => ({ address, index })));

  function bind({ address, index }: BoundPlace): void {
    if (!isGuarded) guard.install(bound.keys());
    isGuarded = true;
    const indexes = bound.get(address) ?? new Set();
    if (indexes.size === 0) guard.add(address);
    binder.bind(index, address, validSeconds);
    bound.set(address, indexes.add(index));
  }

  /** The guard stays until nothing is bound, even if the kernel would not unbind: then it ends by itself. */
  function unbind({ address, index }: BoundPlace): void {
    const indexes = bound.get(address);
    indexes?.delete(index);
    if (indexes?.size === 0) bound.delete(address);
    binder.unbind(index, address);
    if (!bound.has(address)) guard.remove(address);
  }

  function renewOne(place: BoundPlace): void {
    try {
      binder.bind(place.index, place.address, validSeconds);
    } catch (error) {
      attempt(() => unbind(place));
      throw error;
    }
  }

  return {
    sweep(indexes) {
      attempt(() => {
        for (const address of guard.guarded()) for (const index of indexes) binder.unbind(index, address);
        guard.uninstall();
      });
    },
    has: ({ address, index }) => bound.get(address)?.has(index) ?? false,
    set(wanted) {
      const keys = new Set(wanted.map(keyOf));
      for (const place of places()) if (!keys.has(keyOf(place))) attempt(() => unbind(place));
      return firstOf(wanted.filter((place) => !this.has(place)).map((place) => attempt(() => bind(place))));
    },
    drop(address) {
      for (const index of bound.get(address) ?? []) attempt(() => unbind({ address, index }));
    },
    nextDue: () => (bound.size === 0 ? undefined : renewAt),
    renew(now) {
      renewAt = now + renewMs;
      const lost = attempt(() => {
        if (!guard.isIntact()) guard.install(bound.keys());
      });
      if (lost === undefined) return firstOf(places().map((place) => attempt(() => renewOne(place))));
      // Rather not bound than not guarded.
      for (const place of places()) attempt(() => unbind(place));
      isGuarded = false;
      return lost;
    },
    close() {
      for (const place of places()) attempt(() => unbind(place));
      if (isGuarded) attempt(() => guard.uninstall());
      guard.close();
      binder.close();
    },
  };
}

function keyOf({ address, index }: BoundPlace): string {
  return `${index} ${address}`;
}

function attempt(act: () => void): SystemCallError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof SystemCallError) return error;
    throw error;
  }
}

function firstOf(errors: readonly (SystemCallError | undefined)[]): SystemCallError | undefined {
  return errors.find((error) => error !== undefined);
}
