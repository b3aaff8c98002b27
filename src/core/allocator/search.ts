/**
 * Finds an address for one family of a request: the one asked for, or the first that automatic choice comes to.
 * Looks only; nothing is taken here.
 */
import { compareAddresses, formatAddress, type IPAddress, type IPFamily } from "../ip/address.ts";
import { rangeContains } from "../ip/range.ts";
import type { AllocationRequest, PendingReason, PoolConfig, Problem, Sharing } from "./contract.ts";
import { compareOrder, mayShare, portKey, sharingGroup } from "./contract.ts";
import type { Ledger, Seat } from "./ledger.ts";
import type { NodeBook } from "./node-book.ts";
import { allowsAddress, allowsPool, type PoolBook, serves, slicesOf } from "./pool-book.ts";
import { explainNoAddress, nameOf, nodesText } from "./wording.ts";

/** What can be looked at. */
export interface View {
  readonly ledger: Ledger;
  readonly book: PoolBook;
  readonly nodes: NodeBook;
}

export type Found =
  | { readonly ok: true; readonly address: IPAddress }
  | { readonly ok: false; readonly problem: Problem<PendingReason> };

/**
 * `sharing` is what the request may join others with; it is left out while neighbours stand against a change of
 * `request.sharing`.
 */
export function findAddress(
  view: View,
  request: AllocationRequest,
  family: IPFamily,
  sharing: Sharing | undefined,
): Found {
  const asked = request.addresses.find((address) => address.family === family);
  if (asked) return findAsked(view, request, asked, sharing);
  const pools = poolsFor(view, request);
  if ("problem" in pools) return { ok: false, problem: pools.problem };
  const address =
    findJoinable(view, request, family, sharing, pools.pools) ?? findFree(view, request, family, pools.pools);
  if (address) return { ok: true, address };
  return { ok: false, problem: explainNoAddress(view, request, family) };
}

/** The pools to look in: the one asked for, whatever its `autoAssign`, or those of automatic choice. */
export function poolsFor(
  { book }: Pick<View, "book">,
  request: AllocationRequest,
): { readonly pools: readonly PoolConfig[] } | { readonly problem: Problem<PendingReason> } {
  if (request.pool === undefined) return { pools: book.automatic(request) };
  const pool = book.get(request.pool);
  if (pool) {
    const problem = poolRefusal(pool, request);
    return problem ? { problem } : { pools: [pool] };
  }
  const message = `There is no accepted pool "${request.pool}"; create it, or ask for another`;
  return { problem: { reason: "PoolNotFound", message } };
}

/** Why the request may have nothing from this pool. */
export function poolRefusal(
  pool: PoolConfig,
  request: AllocationRequest,
): Problem<"PoolNotAllowed"> | undefined {
  if (!serves(pool, request)) {
    const message = `Pool "${pool.name}" is not for ${nameOf(request)}; see serviceAllocation of the pool`;
    return { reason: "PoolNotAllowed", message };
  }
  if (!allowsPool(request.limits, pool.name)) {
    const message = `The policy of the class does not allow pool "${pool.name}"`;
    return { reason: "PoolNotAllowed", message };
  }
  return undefined;
}

function findAsked(
  view: View,
  request: AllocationRequest,
  address: IPAddress,
  sharing: Sharing | undefined,
): Found {
  const problem = placeRefusal(view, request, address) ?? seatRefusal(view, request, address, sharing);
  return problem ? { ok: false, problem } : { ok: true, address };
}

/** Why the place itself, whoever may hold it, is not for this request. */
export function placeRefusal(
  { book, nodes }: View,
  request: AllocationRequest,
  address: IPAddress,
): Problem<"AddressOfNode" | "AddressNotInPool" | "PoolNotAllowed" | "AddressNotAllowed"> | undefined {
  const text = formatAddress(address);
  const owners = nodes.nodesAt(address);
  if (owners.length > 0) {
    const message = `${text} is the own address of ${nodesText(owners)}; take it out of the pool, or ask for another`;
    return { reason: "AddressOfNode", message };
  }
  const pool = book.poolOf(address);
  if (!pool) {
    return {
      reason: "AddressNotInPool",
      message: `${text} is in no pool; add it to one, or ask for another`,
    };
  }
  if (request.pool !== undefined && pool.name !== request.pool) {
    const message = `${text} is in pool "${pool.name}", not in "${request.pool}"; ask for one of the two`;
    return { reason: "AddressNotInPool", message };
  }
  if (!allowsAddress(request.limits, address)) {
    return { reason: "AddressNotAllowed", message: `The policy of the class does not allow ${text}` };
  }
  return poolRefusal(pool, request);
}

/** Why the request can't sit beside those who hold the address. */
function seatRefusal(
  { ledger }: View,
  request: AllocationRequest,
  address: IPAddress,
  sharing: Sharing | undefined,
): Problem<"AddressInUse" | "SharingConflict" | "PortConflict"> | undefined {
  const seat = ledger.seat(address);
  if (!seat) return undefined;
  // The common case, told without looking at each holder.
  if (sharing && seat.groups.get(sharingGroup(sharing)) === seat.holders.size) {
    return portRefusal({ ledger }, request, seat);
  }
  const text = formatAddress(address);
  const strangers = [...seat.holders.values()].filter(
    (holder) => holder.id !== request.id && !mayShare(sharing, holder.sharing),
  );
  // The same one is named whenever the question is asked.
  const [other] = strangers.sort(compareOrder);
  if (!other) return portRefusal({ ledger }, request, seat);
  if (request.sharing && other.sharing) {
    const message = `${text} is shared by ${nameOf(other)} under ${differences(request.sharing, other.sharing)}`;
    return { reason: "SharingConflict", message };
  }
  const message = `${text} is in use by ${nameOf(other)}; ask for another, or let both share it`;
  return { reason: "AddressInUse", message };
}

function differences(asked: Sharing, held: Sharing): string {
  if (asked.key !== held.key) return "another sharing key; use the same key for both";
  if (asked.scope !== held.scope) return "the same key in a namespace that does not share with this one";
  if (asked.backend !== held.backend) return "the same key, but with other pods behind it (policy Local)";
  return "the same key; its own change of sharing waits for its neighbours";
}

/** Which port of the request somebody else has on the address. */
export function portRefusal(
  { ledger }: Pick<View, "ledger">,
  request: AllocationRequest,
  seat: Seat,
): Problem<"PortConflict"> | undefined {
  const taken = request.ports.find((port) => (seat.ports.get(portKey(port)) ?? request.id) !== request.id);
  if (!taken) return undefined;
  const owner = ledger.holder(seat.ports.get(portKey(taken)) as string);
  const message = `Port ${portKey(taken)} of ${formatAddress(seat.address)} belongs to ${
    owner ? nameOf(owner) : "another Service"
  }; use another port or another address`;
  return { reason: "PortConflict", message };
}

/** The lowest address of the first pool where everybody shares with this request and has other ports. */
function findJoinable(
  view: View,
  request: AllocationRequest,
  family: IPFamily,
  sharing: Sharing | undefined,
  pools: readonly PoolConfig[],
): IPAddress | undefined {
  if (!sharing) return undefined;
  const open = view.ledger
    .seatsOf(sharingGroup(sharing))
    .filter(({ address }) => address.family === family && allowsAddress(request.limits, address))
    .filter(({ ports }) => request.ports.every((port) => !ports.has(portKey(port))))
    .filter(({ address }) => view.nodes.nodesAt(address).length === 0)
    .map(({ address }) => address)
    .sort(compareAddresses);
  for (const pool of open.length > 0 ? pools : []) {
    const address = open.find((candidate) => pool.ranges.some((range) => rangeContains(range, candidate)));
    if (address) return address;
  }
  return undefined;
}

/** Fresh addresses before freed ones in each pool, so that what was in use lately rests as long as it can. */
function findFree(
  { ledger, nodes }: View,
  request: AllocationRequest,
  family: IPFamily,
  pools: readonly PoolConfig[],
): IPAddress | undefined {
  const stock = ledger.stock(family);
  for (const pool of pools) {
    const slices = slicesOf(pool, family, request.limits, nodes);
    for (const slice of slices) {
      const value = stock.fresh(slice);
      if (value !== undefined) return { family, value };
    }
    const value = stock.longestFreed(slices);
    if (value !== undefined) return { family, value };
  }
  return undefined;
}
