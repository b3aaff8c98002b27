/**
 * Gives out addresses: the one long-lived state of bare metal, synchronous, in memory, and rebuilt from what was
 * recorded. Knows neither cluster nor clock.
 *
 * Order of choice, so that anybody can foretell it:
 *   pools     those with serviceAllocation that select the request, by priority (1 first, 0 last), then by name;
 *             only if none yields, those without, by name
 *   addresses one that can be shared, lowest first; else one never given out since the start, in list order; else the
 *             one that has been free the longest
 */
import type { IPAddress } from "../ip/address.ts";
import { formatAddress } from "../ip/address.ts";
import {
  type Allocation,
  type AllocationRequest,
  compareOrder,
  type Holding,
  type PoolConfig,
  type PoolUsage,
  type RestoreLoss,
} from "./contract.ts";
import { type Decision, decide } from "./decide.ts";
import { addressKey, createLedger, type Holder } from "./ledger.ts";
import { createNodeBook, type NodeAddresses } from "./node-book.ts";
import { placeInLine, watchGroup, watchPool, watchSeat } from "./place-in-line.ts";
import { createPoolBook } from "./pool-book.ts";
import { createClaims } from "./restore.ts";
import { usageOf } from "./usage.ts";
import { createWaitingLine } from "./waiting-line.ts";

export interface Allocator {
  /**
   * Makes these the pools in force. Moves nothing. Returns the ids of holders of whose addresses the pool changed or
   * vanished, in order: their conditions may need another look.
   */
  setPools(pools: readonly PoolConfig[]): readonly string[];
  /**
   * Makes these the node's own addresses; none: it is gone. Moves nothing; nobody is given one of them from now on. Costs little
   * where no pool and no holder has one of them.
   */
  setNode(node: string, addresses: readonly IPAddress[]): NodeEffect;
  /**
   * Takes recorded holdings back; to be called before anything new is given out, in any order and any number of calls.
   * A holder that is known already keeps what it has in memory. Needs no pools. Returns who lost what to whom.
   */
  restore(holdings: readonly Holding[]): readonly RestoreLoss[];
  /** Decides one request and remembers the outcome: asked again, it answers the same. */
  allocate(request: AllocationRequest): Allocation;
  /** Decides several, by their order and not by that of the list. */
  allocateAll(requests: readonly AllocationRequest[]): readonly Allocation[];
  /** Frees all that the holder has and forgets its request; false if there was nothing to forget. */
  release(id: string): boolean;
  /**
   * Offers what became free to those who wait, by their order. To be called after any of the above; costs nothing when
   * nobody is concerned. What is granted is held at once; the ids returned are those whose answer from `allocate`
   * differs from the last one.
   */
  serveWaiting(): readonly string[];
  /** Who is pending, or degraded for want of something that may become free, by order. */
  waiting(): readonly string[];
  get(id: string): Holding | undefined;
  /** By order. */
  holdersOf(address: IPAddress): readonly Holding[];
  /** The name of the pool that an address is in. */
  poolOf(address: IPAddress): string | undefined;
  usage(pool: string): PoolUsage | undefined;
  /** The addresses of nodes in the ranges of the pool; `most`: how many of them to name. */
  nodesIn(pool: string, most: number): NodeAddresses | undefined;
  /** How many holders there are. */
  readonly size: number;
}

/** What became different with the addresses of a node. */
export interface NodeEffect {
  /** Holders of addresses that this concerns: their conditions may need another look. */
  readonly holders: readonly string[];
  /** Whether a pool has one of the addresses, so that its counts may be others. */
  readonly pools: boolean;
}

export function createAllocator(): Allocator {
  const ledger = createLedger();
  const nodes = createNodeBook();
  const claims = createClaims();
  const line = createWaitingLine();
  let book = createPoolBook([]);

  /** Tells the waiting line what the ledger has seen. */
  function markChanges(): void {
    const { freed, seats, groups } = ledger.takeChanges();
    for (const seat of seats) line.mark(watchSeat(seat));
    for (const group of groups) line.mark(watchGroup(group));
    for (const address of freed) {
      const pool = book.poolOf(address);
      if (pool) line.mark(watchPool(pool.name));
    }
  }

  function allocate(request: AllocationRequest): Allocation {
    const view = { ledger, book, nodes };
    const decision = decide(view, request);
    claims.forget(request.id);
    if (decision.state === "held") {
      ledger.put(decision.holder);
      for (const neighbour of decision.following) ledger.put(neighbour);
    } else {
      ledger.remove(request.id);
    }
    markChanges();
    const { families, addresses } = decision.needs;
    const isWaiting = decision.state === "pending" || families.length > 0 || addresses.length > 0;
    if (isWaiting) {
      line.put({ request, told: summary(decision), ...placeInLine(view, request, decision.needs) });
    } else {
      line.remove(request.id);
    }
    return answer(request, decision);
  }

  return {
    setPools(pools) {
      const before = book;
      book = createPoolBook(pools);
      line.markAll();
      const hasMoved = (address: IPAddress) => before.poolOf(address)?.name !== book.poolOf(address)?.name;
      return [...ledger.holders()]
        .filter(({ addresses }) => addresses.some(hasMoved))
        .sort(compareOrder)
        .map(({ id }) => id);
    },
    setNode(node, addresses) {
      const { concerned, freed } = nodes.put(node, addresses);
      for (const address of concerned) line.mark(watchSeat(addressKey(address)));
      for (const address of freed) {
        const pool = book.poolOf(address);
        if (pool) line.mark(watchPool(pool.name));
        for (const group of ledger.seat(address)?.groups.keys() ?? []) line.mark(watchGroup(group));
      }
      const holders = concerned.flatMap((address) => [...(ledger.seat(address)?.holders.values() ?? [])]);
      return {
        holders: [...new Set(holders.sort(compareOrder).map(({ id }) => id))],
        pools: concerned.some((address) => book.poolOf(address) !== undefined),
      };
    },
    restore(holdings) {
      const losses = claims.restore(ledger, holdings);
      markChanges();
      return losses;
    },
    allocate,
    allocateAll: (requests) => [...requests].sort(compareOrder).map(allocate),
    release(id) {
      const known = ledger.holder(id) !== undefined || line.get(id) !== undefined;
      claims.forget(id);
      line.remove(id);
      ledger.remove(id);
      markChanges();
      return known;
    },
    serveWaiting() {
      const different = new Map<string, AllocationRequest>();
      line.serve(({ request, told }) => {
        allocate(request);
        if (line.get(request.id)?.told !== told) different.set(request.id, request);
      });
      return [...different.values()].sort(compareOrder).map(({ id }) => id);
    },
    waiting: () => line.all().map(({ request }) => request.id),
    get: (id) => asHolding(ledger.holder(id)),
    holdersOf: (address) =>
      [...(ledger.seat(address)?.holders.values() ?? [])]
        .sort(compareOrder)
        .map((holder) => asHolding(holder)),
    poolOf: (address) => book.poolOf(address)?.name,
    usage(name) {
      const pool = book.get(name);
      return pool && usageOf({ ledger, nodes }, pool);
    },
    nodesIn(name, most) {
      const pool = book.get(name);
      return pool && nodes.in(pool.ranges, most);
    },
    get size() {
      return ledger.size;
    },
  };
}

function answer(request: AllocationRequest, decision: Decision): Allocation {
  const { released } = decision;
  if (decision.state === "pending") {
    return { state: "pending", id: request.id, problem: decision.problem, released };
  }
  return { state: "held", holding: asHolding(decision.holder), problems: decision.problems, released };
}

/** What makes one answer differ from another, most wording apart. */
function summary(decision: Decision): string {
  if (decision.state === "pending") {
    const { reason, message } = decision.problem;
    // Which node it is changes with nothing else that would tell.
    return reason === "AddressOfNode" ? message : reason;
  }
  const reasons = decision.problems.map(({ reason }) => reason);
  return [...decision.holder.addresses.map(formatAddress), ...reasons].join(" ");
}

function asHolding(holder: Holder): Holding;
function asHolding(holder: Holder | undefined): Holding | undefined;
function asHolding(holder: Holder | undefined): Holding | undefined {
  if (!holder) return undefined;
  const { wanted: _, ...holding } = holder;
  return holding;
}
