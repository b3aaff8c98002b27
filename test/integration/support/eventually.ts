/** Waits for a state of the world. */
import { setTimeout as delay } from "node:timers/promises";

const patienceMs = 60_000;

/** Looks again and again until `look` does not throw; throws what it threw last when that takes too long. */
export async function eventually<T>(look: () => Promise<T>): Promise<T> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    await delay(50);
  }
}
