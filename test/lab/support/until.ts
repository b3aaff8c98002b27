/** Waits for a state of the world. */
import { setTimeout as delay } from "node:timers/promises";

/** Tries until it does not throw, and gives the result. The limit is one on hanging, not a measure of speed. @throws with what went wrong last */
export async function until<T>(
  what: string,
  attempt: () => Promise<T> | T,
  o: { readonly limitMs?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  const { limitMs = 40_000, signal } = o;
  const end = performance.now() + limitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > end) {
        const last = Error.isError(error) ? error.message : String(error);
        throw new Error(`Not within ${limitMs / 1_000} s: ${what}. Last: ${last}`, { cause: error });
      }
    }
    await delay(25, undefined, { signal });
  }
}
