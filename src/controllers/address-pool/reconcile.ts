/** Tells of each IPAddressPool whether it is in force, how much of it is used, and whether it is advertised. */
import type { BareMetalProvider } from "../../providers/bare-metal/index.ts";
import type { ReconcileContext } from "../../runtime/controller.ts";
import type { Advertising } from "../advertising/advertising.ts";
import type { Dependencies } from "../dependencies.ts";
import { writeOwnStatus } from "../own-status.ts";
import { poolStatus } from "./status.ts";

export function createPoolReconciler(
  deps: Dependencies,
  provider: Pick<BareMetalProvider, "pool">,
  advertising: Pick<Advertising, "judged">,
): (name: string, context: ReconcileContext) => Promise<void> {
  const { client, informers, clock } = deps;

  return async (name, { signal }) => {
    const { advertised } = await advertising.judged(signal);
    const pool = informers.pools.get(name);
    const state = provider.pool(name);
    if (pool === undefined || state === undefined) return;
    const status = poolStatus(pool, state, { isSelected: advertised.has(name), nowMs: clock.now() });
    await writeOwnStatus({ client, informer: informers.pools, object: pool, status, signal });
  };
}
