/** How often `Announcer`s are written, so that with the Leases all agents together stay under 50 writes a second. Pure. */

/** Leases take up to 40 a second of the 50: see `membership/node-lease.ts`. */
const writesPerSecond = 10;
const shortestMs = 1_000;
/** What changes together is written together. */
const gatherMs = 100;
/** Above this many agents, those to whom the same thing happens do not write in the same moment. */
const fewNodes = 30;
const spreadMs = 3_000;

export interface WriteTimes {
  /** From one write to the next at least. */
  readonly spacingMs: number;
  /** From a change to the write at least, where the last write is long ago. */
  readonly delayMs: number;
}

/**
 * @param nodes how many nodes have an agent
 * @param random in [0, 1)
 */
export function writeTimes(nodes: number, random: number): WriteTimes {
  return {
    spacingMs: Math.max(shortestMs, (nodes / writesPerSecond) * 1000),
    delayMs: gatherMs + (nodes > fewNodes ? random * spreadMs : 0),
  };
}
