/**
 * Keeps requests to a cloud under the rates that it allows, family by family. Knows no cloud.
 *
 * Each family is a token bucket, as the clouds keep them themselves. Others use the same account, so what was agreed on is only where it
 * starts: a request that comes back as throttled halves the family's rate at once, and the rate recovers over minutes.
 */
import PQueue from "p-queue";
import { type Clock, sleep } from "../runtime/clock.ts";

export interface RequestFamily {
  /** Requests per second in the long run. */
  readonly perSecond: number;
  /** Requests that may go out at once after a rest; 1 or more. */
  readonly burst: number;
  /** Requests under way at once; default 32. */
  readonly concurrency?: number;
}

export interface RequestReport {
  readonly family: string;
  readonly operation: string;
  /** From being sent to the answer. */
  readonly ms: number;
  /** Before it could be sent. */
  readonly waitedMs: number;
  readonly outcome: "done" | "throttled" | "failed";
}

export interface RequestLimiterOptions<Family extends string> {
  readonly families: Readonly<Record<Family, RequestFamily>>;
  readonly clock: Clock;
  /** Whether an error says that requests come too fast. */
  isThrottled(error: unknown): boolean;
  /** Told of each request that was sent, after its answer. */
  onRequest?(report: RequestReport): void;
}

export interface RequestLimiter<Family extends string> {
  /**
   * Runs `send` once when its family has room: the higher `priority` (default 0) first, of equal ones who came first. What it returns or
   * throws is passed on.
   *
   * @throws the signal's reason, without running `send`, if it aborts before. `send` has to heed the signal by itself.
   */
  run<T>(
    request: {
      readonly family: Family;
      readonly operation: string;
      readonly signal: AbortSignal;
      readonly priority?: number;
    },
    send: () => Promise<T>,
  ): Promise<T>;
  /** Requests per second that a family may send now. */
  rate(family: Family): number;
}

/** A throttled family is never slower than this share of its full rate. */
const slowest = 1 / 16;
/** From nothing to the full rate. */
const recoveryMs = 4 * 60_000;
const defaultConcurrency = 32;

export function createRequestLimiter<Family extends string>(
  options: RequestLimiterOptions<Family>,
): RequestLimiter<Family> {
  const { families, clock, isThrottled, onRequest = () => {} } = options;
  const lanes = new Map<string, Lane>();
  for (const [name, family] of Object.entries<RequestFamily>(families)) {
    lanes.set(name, createLane(family, clock));
  }
  const laneOf = (family: Family): Lane => {
    const lane = lanes.get(family);
    if (lane === undefined) throw new Error(`No rate is set for requests of family "${family}"`);
    return lane;
  };
  return {
    rate: (family) => laneOf(family).rate(),
    run({ family, operation, signal, priority = 0 }, send) {
      const lane = laneOf(family);
      const askedMs = clock.monotonic();
      return lane.inFlight.add(
        async () => {
          await lane.gate.add(() => lane.take(signal), { signal, priority });
          const sentMs = clock.monotonic();
          const report = (outcome: RequestReport["outcome"]) =>
            onRequest({
              family,
              operation,
              ms: clock.monotonic() - sentMs,
              waitedMs: sentMs - askedMs,
              outcome,
            });
          try {
            const answer = await send();
            report("done");
            return answer;
          } catch (error) {
            const throttled = isThrottled(error);
            if (throttled) lane.slowDown(sentMs);
            report(throttled ? "throttled" : "failed");
            throw error;
          }
        },
        { signal, priority },
      );
    },
  };
}

interface Lane {
  readonly inFlight: PQueue;
  /** One at a time waits for a token: the others come in their order, by priority. */
  readonly gate: PQueue;
  take(signal: AbortSignal): Promise<void>;
  slowDown(sentMs: number): void;
  rate(): number;
}

function createLane(family: RequestFamily, clock: Clock): Lane {
  const { perSecond, burst, concurrency = defaultConcurrency } = family;
  let tokens = burst;
  let rate = perSecond;
  let countedMs = clock.monotonic();
  let slowedMs = Number.NEGATIVE_INFINITY;

  const count = (): void => {
    const nowMs = clock.monotonic();
    const passedMs = nowMs - countedMs;
    countedMs = nowMs;
    tokens = Math.min(burst, tokens + (passedMs / 1000) * rate);
    rate = Math.min(perSecond, rate + (passedMs / recoveryMs) * perSecond);
  };
  return {
    inFlight: new PQueue({ concurrency }),
    gate: new PQueue({ concurrency: 1 }),
    rate() {
      count();
      return rate;
    },
    async take(signal) {
      // What has to be waited for may grow in between, when another request comes back as throttled.
      for (count(); tokens < 1; count()) {
        await sleep(Math.max(1, ((1 - tokens) / rate) * 1000), { signal, clock });
      }
      tokens -= 1;
    },
    slowDown(sentMs) {
      count();
      tokens = 0;
      // Requests that were under way together are told of the same bucket: they count once.
      if (sentMs <= slowedMs) return;
      slowedMs = clock.monotonic();
      rate = Math.max(perSecond * slowest, rate / 2);
    },
  };
}
