/** Counts of one pool, by arithmetic on ranges. */
import type { IPFamily } from "../ip/address.ts";
import { countAvoided, type Slice } from "./address-stock.ts";
import type { PoolConfig, PoolUsage } from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import { slicesOf } from "./pool-book.ts";

/** Shared addresses count once. An avoided address that somebody asked for is assigned, but was never available. */
export function usageOf(ledger: Pick<Ledger, "stock">, pool: PoolConfig): PoolUsage {
  const count = (family: IPFamily) => {
    let assigned = 0n;
    let available = 0n;
    for (const slice of slicesOf(pool, family, undefined)) {
      const held = ledger.stock(family).countHeld(slice);
      assigned += held.all;
      available += countUsable(slice) - held.notAvoided;
    }
    return { assigned, available };
  };
  const [v4, v6] = [count("IPv4"), count("IPv6")];
  return {
    assignedIPv4: v4.assigned,
    assignedIPv6: v6.assigned,
    availableIPv4: v4.available,
    availableIPv6: v6.available,
  };
}

function countUsable({ first, last, avoid }: Slice): bigint {
  return last - first + 1n - countAvoided(first, last, avoid);
}
