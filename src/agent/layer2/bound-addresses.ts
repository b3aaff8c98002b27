/**
 * Addresses that this node's interfaces have, for pools with `layer2Mode: Bind`: the kernel answers for them, as for its own. Each is guarded
 * before it is bound (guard.ts), and bound for a short time only, which is renewed while this node may speak for it: when this process
 * dies, the kernel stops by itself.
 */
import { openAddressBinder } from "../linux/bound-address.ts";
import { refusalOf, type SystemCallError, type SystemCalls } from "../linux/system-calls.ts";
import { createGuard } from "./guard.ts";

export interface BoundPlace {
  readonly address: string;
  /** Of the interface. */
  readonly index: number;
}

/** Nothing throws where the kernel refuses: what can't be bound is not, and it is said why. */
export interface BoundAddresses {
  /** What the node itself has: neither bound, nor guarded, nor ever taken off. To be said before anything else, and whenever it changes. */
  setOwn(addresses: ReadonlySet<string>): void;
  /** Takes off what a process before this one has left on these interfaces. */
  sweep(indexes: readonly number[]): void;
  /** Whether the kernel answers for it there. */
  has(place: BoundPlace): boolean;
  /** Unbinds all but these, and binds some of those that are not; to be called again until it is `done`. */
  set(places: readonly BoundPlace[], now: number): { readonly done: boolean; readonly error: Refusal };
  /** Takes it off everywhere, now. */
  drop(address: string): void;
  /** When `renew` is due; undefined: nothing is bound. */
  nextDue(): number | undefined;
  /**
   * Puts off the end of some of those that want it, and puts the guard up again where it was swept away. What can't be renewed is
   * bound no more.
   */
  renew(now: number): Refusal;
  /** Unbinds all and takes down the guard. */
  close(): void;
}

/** Why something could not be done; undefined: it could. */
export type Refusal = SystemCallError | undefined;

interface Binding extends BoundPlace {
  renewAt: number;
}

/** How long an address is bound, in whole seconds; the kernel takes up to one more. */
const leastSeconds = 2;
/** With many, a second for so many of them: else renewing would leave time for nothing else. */
const perSecond = 250;
/** Renewed when this part of its time is over. */
const renewPart = 0.3;
/** In one call. Each takes some 50 microseconds, the more the more there are. */
const mostAtOnce = 64;

export function createBoundAddresses(calls: SystemCalls): BoundAddresses {
  const guard = createGuard(calls);
  const binder = openAddressBinder(calls);
  const bound = new Map<string, Binding>();
  /** On how many interfaces, by address. */
  const uses = new Map<string, number>();
  let own: ReadonlySet<string> = new Set();
  let isGuarded = false;
  let earliest = Number.POSITIVE_INFINITY;

  function put({ address, index }: BoundPlace, how: "new" | "renewed", now: number): void {
    const validSeconds = Math.max(leastSeconds, Math.ceil(bound.size / perSecond));
    binder.bind(index, address, validSeconds, how);
    const renewAt = now + validSeconds * 1000 * renewPart;
    bound.set(keyOf({ address, index }), { address, index, renewAt });
    earliest = Math.min(earliest, renewAt);
  }

  function bind(place: BoundPlace, now: number): void {
    if (!isGuarded) guard.install(uses.keys());
    isGuarded = true;
    const count = uses.get(place.address) ?? 0;
    if (count === 0) guard.add(place.address);
    try {
      put(place, "new", now);
    } catch (error) {
      if (count === 0) guard.remove(place.address);
      throw error;
    }
    uses.set(place.address, count + 1);
  }

  /** The guard stays until the kernel has unbound it. */
  function unbind(place: BoundPlace): void {
    const { address, index } = place;
    const count = (uses.get(address) ?? 1) - 1;
    bound.delete(keyOf(place));
    if (count > 0) uses.set(address, count);
    else uses.delete(address);
    if (!own.has(address)) binder.unbind(index, address);
    if (count === 0) guard.remove(address);
  }

  function renewOne(place: BoundPlace, now: number): void {
    try {
      put(place, "renewed", now);
    } catch (error) {
      refusalOf(() => unbind(place));
      throw error;
    }
  }

  return {
    setOwn(addresses) {
      own = addresses;
    },
    sweep(indexes) {
      refusalOf(() => {
        const left = guard.guarded().filter((address) => !own.has(address));
        for (const address of left) for (const index of indexes) binder.unbind(index, address);
        guard.uninstall();
      });
    },
    has: (place) => bound.has(keyOf(place)),
    set(places, now) {
      const wanted = places.filter(({ address }) => !own.has(address));
      const keys = new Set(wanted.map(keyOf));
      for (const [key, place] of bound) if (!keys.has(key)) refusalOf(() => unbind(place));
      const missing = wanted.filter((place) => !bound.has(keyOf(place)));
      const error = firstOf(missing.slice(0, mostAtOnce).map((place) => refusalOf(() => bind(place, now))));
      return { done: missing.length <= mostAtOnce, error };
    },
    drop(address) {
      if (!uses.has(address)) return;
      for (const place of bound.values()) if (place.address === address) refusalOf(() => unbind(place));
    },
    nextDue: () => (bound.size === 0 ? undefined : earliest),
    renew(now) {
      const lost = refusalOf(() => {
        if (!guard.isIntact()) guard.install(uses.keys());
      });
      if (lost !== undefined) {
        // Rather not bound than not guarded.
        for (const place of bound.values()) refusalOf(() => unbind(place));
        isGuarded = false;
        return lost;
      }
      const due = [...bound.values()].filter(({ renewAt }) => renewAt <= now).slice(0, mostAtOnce);
      const error = firstOf(due.map((place) => refusalOf(() => renewOne(place, now))));
      earliest = bound
        .values()
        .reduce((least, { renewAt }) => Math.min(least, renewAt), Number.POSITIVE_INFINITY);
      return error;
    },
    close() {
      for (const place of bound.values()) refusalOf(() => unbind(place));
      if (isGuarded) refusalOf(() => guard.uninstall());
      guard.close();
      binder.close();
    },
  };
}

function keyOf({ address, index }: BoundPlace): string {
  return `${index} ${address}`;
}

function firstOf(refusals: readonly Refusal[]): Refusal {
  return refusals.find((refusal) => refusal !== undefined);
}
