/** Where in the waiting line a request stands: with whom it queues, and what must change before it is tried again. */
import { formatAddress, sameAddress } from "../ip/address.ts";
import { formatRange } from "../ip/range.ts";
import { type AllocationRequest, sharingGroup } from "./contract.ts";
import type { Needs } from "./decide.ts";
import { addressKey } from "./ledger.ts";
import { placeRefusal, poolsFor, type View } from "./search.ts";
import type { Waiting } from "./waiting-line.ts";

export const watchSeat = (key: string) => `seat ${key}`;
export const watchGroup = (group: string) => `group ${group}`;
export const watchPool = (name: string) => `pool ${name}`;

type Place = Pick<Waiting, "queue" | "queueWatches" | "watches">;

export function placeInLine(view: View, request: AllocationRequest, { families, addresses }: Needs): Place {
  const seats = addresses.map((address) => watchSeat(addressKey(address)));
  if (families.length === 0) {
    const queue = queueForAddress(view, request, { families, addresses });
    return { queue, queueWatches: queue ? seats : [], watches: queue ? [] : seats };
  }
  const usable = poolsFor(view, request);
  // A pool that refuses the request is no hope for it, or it would stand in the way of those it serves.
  const pools = "pools" in usable ? usable.pools.map(({ name }) => name) : [];
  const queueWatches = pools.map(watchPool);
  const groups = request.sharing ? [watchGroup(sharingGroup(request.sharing))] : [];
  // Who waits for a certain address as well says nothing about those behind.
  if (addresses.length > 0) {
    return { queue: undefined, queueWatches: [], watches: [...seats, ...groups, ...queueWatches] };
  }
  const need = [families, request.familyPolicy, pools, request.limits?.ranges?.map(formatRange)];
  return { queue: JSON.stringify(need), queueWatches, watches: groups };
}

/** Those who may have one certain address, and would have it alone, wait for the same: that nobody is there. */
function queueForAddress(view: View, request: AllocationRequest, { addresses }: Needs): string | undefined {
  const [address, ...others] = addresses;
  if (!address || others.length > 0 || request.sharing) return undefined;
  const isAsked = request.addresses.some((asked) => sameAddress(asked, address));
  const isOwn = view.ledger.seat(address)?.holders.has(request.id);
  if (!isAsked || isOwn || placeRefusal(view, request, address)) return undefined;
  return formatAddress(address);
}
