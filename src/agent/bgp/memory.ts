/** What is remembered of objects that are gone while something still goes by them: nothing that works is to end because of that. */
import type { IPAddressPool } from "../../api/ip-address-pool.ts";
import { specInForce } from "../../core/advertising/spec-in-force.ts";
import type { BgpInput, Password } from "./input.ts";
import { usablePassword } from "./usable-password.ts";

/**
 * Adds to an input what an earlier one had: pools that addresses still in use were given out from, for the labels by which advertisements select them;
 * and passwords of Secrets that peers still name. Lasts as long as the process.
 */
export function createMemory(): (input: BgpInput) => BgpInput {
  let pools = new Map<string, IPAddressPool>();
  let passwords = new Map<string, string>();

  return (input) => {
    const present = new Map(input.pools.map((pool) => [pool.metadata.name ?? "", pool]));
    const inUse = new Set(input.given.map(({ pool }) => pool));
    const gone = [...pools].filter(([name]) => inUse.has(name) && !present.has(name));
    pools = new Map([...gone, ...present]);

    const named = new Set(input.peers.map((peer) => specInForce(peer)?.passwordSecret?.name));
    const known = new Map<string, Password>();
    for (const name of named) {
      if (name === undefined) continue;
      const now = usablePassword(input.passwords.get(name) ?? { ok: false, message: "does not exist" });
      const earlier = passwords.get(name);
      known.set(
        name,
        now.ok || earlier === undefined ? now : { ok: true, text: earlier, stale: now.message },
      );
    }
    passwords = new Map([...known].flatMap(([name, each]) => (each.ok ? [[name, each.text] as const] : [])));
    return { ...input, pools: [...pools.values()], passwords: known };
  };
}
