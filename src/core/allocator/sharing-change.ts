/** What becomes of a holder's change of sharing while others sit on its addresses. */
import type { IPAddress } from "../ip/address.ts";
import { type AllocationRequest, compareOrder, mayShare, sharingGroup } from "./contract.ts";
import type { Holder, Ledger } from "./ledger.ts";

export type SharingChange =
  /** Nobody is concerned: the sharing asked for is in force. */
  | { readonly kind: "free" }
  /** All who are concerned asked for the same change, and this was the last of them. */
  | { readonly kind: "together"; readonly following: readonly Holder[] }
  /** A neighbour stands against it: the old sharing stays in force. */
  | { readonly kind: "refused"; readonly by: Holder; readonly at: IPAddress };

/** `kept`: the addresses on which the requester stays. */
export function sharingChange(
  ledger: Ledger,
  request: AllocationRequest,
  kept: readonly IPAddress[],
): SharingChange {
  if (kept.every((at) => isOneGroup(ledger, request, at))) return { kind: "free" };
  const against = kept.flatMap((at) =>
    neighbours(ledger, at, request.id)
      .filter((by) => !mayShare(request.sharing, by.sharing))
      .map((by) => ({ kind: "refused" as const, by, at })),
  );
  const [refused] = against.sort((a, b) => compareOrder(a.by, b.by));
  if (!refused) return { kind: "free" };

  // A neighbour's change concerns the neighbours on its other address in turn.
  const concerned = new Map<string, Holder>();
  const open = [...kept];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const holder of neighbours(ledger, at, request.id)) {
      if (concerned.has(holder.id)) continue;
      if (!mayShare(request.sharing, holder.wanted)) return refused;
      concerned.set(holder.id, holder);
      open.push(...holder.addresses);
    }
  }
  return { kind: "together", following: [...concerned.values()] };
}

/** The common case, told without looking at each neighbour. */
function isOneGroup(ledger: Ledger, { id, sharing }: AllocationRequest, at: IPAddress): boolean {
  const seat = ledger.seat(at);
  const own = seat?.holders.get(id);
  if (!seat || (own && seat.holders.size === 1)) return true;
  if (!sharing) return false;
  const strangers = seat.holders.size - (seat.groups.get(sharingGroup(sharing)) ?? 0);
  return strangers === (own && !mayShare(own.sharing, sharing) ? 1 : 0);
}

function neighbours(ledger: Ledger, at: IPAddress, id: string): Holder[] {
  return [...(ledger.seat(at)?.holders.values() ?? [])].filter((holder) => holder.id !== id);
}
