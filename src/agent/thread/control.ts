/** Memory that both threads share: how to end the network thread, whether it is alive, and what time it is. */

/**
 * A thread that calls into C most of the time can't be ended from outside: `terminate()` and `process.exit()` would wait for
 * it for ever. It has to look at the flag itself, and is woken for that through a file descriptor (eventfd(2)).
 */
export interface Control {
  readonly memory: SharedArrayBuffer;
  /** Asks the thread to end. */
  requestStop(): void;
  stopRequested(): boolean;
  /** By the thread, when it will make no more calls. */
  markEnded(): void;
  /** Blocks until the thread has marked its end; whether it did. */
  waitForEnd(timeoutMs: number): boolean;
  /** The eventfd on which the thread waits; undefined while it has none. */
  readonly wakeFd: number | undefined;
  setWakeFd(fd: number | undefined): void;
  /** Counts turns of the loop: stands still when the thread hangs. */
  readonly turns: number;
  /** Once a turn: counts it, and tells by how much CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC, in milliseconds. */
  turned(aheadMs: number): void;
  readonly aheadMs: number;
}

const at = { stop: 0, wakeFd: 1, turns: 2, ended: 3 } as const;
/** In units of 8 bytes, after the above. */
const aheadAt = 2;

/** @param memory as the other thread has it; a new one if left out. */
export function createControl(memory = new SharedArrayBuffer(24)): Control {
  const numbers = new Int32Array(memory, 0, 4);
  const times = new BigInt64Array(memory);
  return {
    memory,
    requestStop: () => void Atomics.store(numbers, at.stop, 1),
    stopRequested: () => Atomics.load(numbers, at.stop) === 1,
    markEnded() {
      Atomics.store(numbers, at.ended, 1);
      Atomics.notify(numbers, at.ended);
    },
    waitForEnd: (timeoutMs) => Atomics.wait(numbers, at.ended, 0, timeoutMs) !== "timed-out",
    get wakeFd() {
      const fd = Atomics.load(numbers, at.wakeFd) - 1;
      return fd < 0 ? undefined : fd;
    },
    // One more than the number, for new memory is all 0.
    setWakeFd: (fd) => void Atomics.store(numbers, at.wakeFd, (fd ?? -1) + 1),
    get turns() {
      return Atomics.load(numbers, at.turns);
    },
    turned(aheadMs) {
      Atomics.store(times, aheadAt, BigInt(Math.round(aheadMs * 1000)));
      Atomics.add(numbers, at.turns, 1);
    },
    get aheadMs() {
      return Number(Atomics.load(times, aheadAt)) / 1000;
    },
  };
}
