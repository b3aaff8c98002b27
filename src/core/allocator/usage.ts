/** Counts of one pool, by arithmetic on ranges. */
import type { IPFamily } from "../ip/address.ts";
import { countAvoided, type Slice } from "./address-stock.ts";
import type { PoolConfig, PoolUsage } from "./contract.ts";
import type { Ledger } from "./ledger.ts";
import type { NodeBook } from "./node-book.ts";
import { slicesOf } from "./pool-book.ts";

/** Shared addresses count once. An avoided address that somebody asked for is assigned, but was never available; so is one of a node. */
export function usageOf(
  { ledger, nodes }: { readonly ledger: Pick<Ledger, "stock">; readonly nodes: Pick<NodeBook, "within"> },
  pool: PoolConfig,
): PoolUsage {
  const count = (family: IPFamily) => {
    let assigned = 0n;
    let available = 0n;
    const stock = ledger.stock(family);
    for (const slice of slicesOf(pool, family, undefined)) assigned += stock.countHeld(slice).all;
    for (const slice of slicesOf(pool, family, undefined, nodes)) {
      available += countUsable(slice) - stock.countHeld(slice).notAvoided;
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
