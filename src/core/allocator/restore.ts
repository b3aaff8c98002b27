/**
 * Gives recorded addresses back after a restart. Who has the better claim does not depend on the order in which the
 * records are read, in one call or in many:
 *   recorded ports before none, then the stated order, then the id.
 *
 * Two holders of one address go on side by side if both share and their ports differ, even under different keys: a key
 * that was changed before the restart must not move anybody after it.
 */
import { formatAddress, type IPAddress } from "../ip/address.ts";
import { compareOrder, type Holding, portKey, type RestoreLoss } from "./contract.ts";
import { addressKey, type Ledger, type Seat } from "./ledger.ts";
import { nameOf } from "./wording.ts";

export interface Claims {
  restore(ledger: Ledger, holdings: readonly Holding[]): readonly RestoreLoss[];
  /** The holder's own request has been decided since: its record no longer counts. */
  forget(id: string): void;
}

export function createClaims(): Claims {
  // Losers are remembered as well: should their rival lose to a record that is read later, they have the address.
  const claims = new Map<string, Holding>();
  const byAddress = new Map<string, Set<string>>();

  function add(holding: Holding): void {
    claims.set(holding.id, holding);
    for (const address of holding.addresses) {
      const key = addressKey(address);
      byAddress.set(key, (byAddress.get(key) ?? new Set()).add(holding.id));
    }
  }

  function settle(ledger: Ledger, address: IPAddress): RestoreLoss[] {
    const rivals = new Map<string, Holding>(ledger.seat(address)?.holders ?? []);
    for (const id of byAddress.get(addressKey(address)) ?? []) {
      const claim = claims.get(id);
      if (claim) rivals.set(id, claim);
    }
    const { winners, losses } = judge([...rivals.values()], address);
    const isHere = (other: IPAddress) => addressKey(other) === addressKey(address);
    // Losers leave before winners sit down, so that no port is claimed twice.
    for (const { id } of losses) {
      const holder = ledger.holder(id);
      if (!holder?.addresses.some(isHere)) continue;
      const addresses = holder.addresses.filter((other) => !isHere(other));
      if (addresses.length > 0) ledger.put({ ...holder, addresses });
      else ledger.remove(id);
    }
    for (const winner of winners) {
      if (!ledger.holder(winner.id)?.addresses.some(isHere)) sit(ledger, winner, address);
    }
    return losses;
  }

  return {
    restore(ledger, holdings) {
      // What is in memory is newer than any record.
      const unknown = holdings
        .filter(({ id }) => !ledger.holder(id) && !claims.has(id))
        .map(oneAddressPerFamily)
        .sort(compareOrder);
      const contested = new Map<string, IPAddress>();
      for (const holding of unknown) {
        if (claims.has(holding.id)) continue;
        add(holding);
        for (const address of holding.addresses) {
          // Who fits beside all who won would have won too, and changes nothing for those who lost.
          const isOpen = !contested.has(addressKey(address));
          if (isOpen && fits(ledger.seat(address), holding)) sit(ledger, holding, address);
          else contested.set(addressKey(address), address);
        }
      }
      return [...contested.values()].flatMap((address) => settle(ledger, address));
    },
    forget(id) {
      for (const address of claims.get(id)?.addresses ?? []) {
        const key = addressKey(address);
        const ids = byAddress.get(key);
        ids?.delete(id);
        if (ids?.size === 0) byAddress.delete(key);
      }
      claims.delete(id);
    },
  };
}

/** Gives a record one of its addresses, beside those it has already. */
function sit(ledger: Ledger, holding: Holding, address: IPAddress): void {
  const has = [address, ...(ledger.holder(holding.id)?.addresses ?? [])].map(addressKey);
  const addresses = holding.addresses.filter((other) => has.includes(addressKey(other)));
  ledger.put({ ...holding, addresses, wanted: holding.sharing });
}

/** Nobody there has anything against it: told without looking at each holder. */
function fits(seat: Seat | undefined, { sharing, ports }: Holding): boolean {
  if (!seat) return true;
  const strangers = [...seat.groups.values()].reduce((left, count) => left - count, seat.holders.size);
  return sharing !== undefined && strangers === 0 && ports.every((port) => !seat.ports.has(portKey(port)));
}

function oneAddressPerFamily(holding: Holding): Holding {
  const firsts = new Map<string, IPAddress>();
  for (const address of holding.addresses) {
    if (!firsts.has(address.family)) firsts.set(address.family, address);
  }
  return { ...holding, addresses: [...firsts.values()] };
}

function judge(
  rivals: readonly Holding[],
  address: IPAddress,
): { readonly winners: readonly Holding[]; readonly losses: RestoreLoss[] } {
  const winners: Holding[] = [];
  const losses: RestoreLoss[] = [];
  const ports = new Map<string, Holding>();
  for (const rival of [...rivals].sort(compareClaims)) {
    const loss = (reason: RestoreLoss["problem"]["reason"], why: string) =>
      losses.push({ id: rival.id, address, problem: { reason, message: `${formatAddress(address)}${why}` } });
    const stranger = winners.find(({ sharing }) => !sharing) ?? (rival.sharing ? undefined : winners[0]);
    const taken = rival.ports.find((port) => ports.has(portKey(port)));
    if (stranger) {
      loss("AddressInUse", ` is recorded for ${nameOf(stranger)} too, which has the older claim`);
    } else if (taken) {
      const owner = ports.get(portKey(taken)) as Holding;
      loss(
        "PortConflict",
        `: port ${portKey(taken)} is recorded for ${nameOf(owner)} too, which has the older claim`,
      );
    } else {
      winners.push(rival);
      for (const port of rival.ports) ports.set(portKey(port), rival);
    }
  }
  return { winners, losses };
}

function compareClaims(a: Holding, b: Holding): number {
  const recorded = ({ ports }: Holding) => (ports.length > 0 ? 0 : 1);
  return recorded(a) - recorded(b) || compareOrder(a, b);
}
