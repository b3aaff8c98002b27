/** Several processes with clocks of their own and one API server that keeps a Lease, in simulated time. */
import type { Clock } from "../../../../src/runtime/clock.ts";
import { ApiError } from "../../../../src/runtime/kube/api-error.ts";
import type { Lease } from "../../../../src/runtime/leader/lease-record.ts";
import { createLeaderElector, type LeaderElector } from "../../../../src/runtime/leader-election.ts";

/** What happens to a request: it may reach the server late, and its answer may come late or never. */
export interface Travel {
  readonly thereMs: number;
  readonly backMs: number;
  readonly lost: "no" | "request" | "answer";
}

export interface Process {
  readonly elector: LeaderElector;
  readonly paused: boolean;
  readonly leading: number;
  /** Stopped as by SIGSTOP: no code runs, both clocks go on. */
  pause(ms: number): void;
  /** Asleep with its machine: no code runs, the monotonic clock stands still, the wall clock goes on. */
  suspend(ms: number): void;
  jump(ms: number): void;
  stop(): void;
  /** Resolves with how the last run of the elector ended. */
  readonly outcomes: string[];
}

export interface ProcessOptions {
  readonly identity: string;
  /** How fast its clocks run. */
  readonly rate?: number;
  readonly wallOffsetMs?: number;
  readonly travel?: () => Travel;
  readonly random?: () => number;
}

export function createSimulation() {
  let nowMs = 0;
  let lastEvent = 0;
  const events = new Map<
    number,
    { atMs: number; run: () => void; process: { resumeMs: number } | undefined }
  >();
  const later = (inMs: number, run: () => void, process?: { resumeMs: number }): (() => void) => {
    lastEvent += 1;
    const id = lastEvent;
    events.set(id, { atMs: nowMs + Math.max(0, inMs), run, process });
    return () => void events.delete(id);
  };
  const server = createLeaseServer();

  const process = (o: ProcessOptions): Process => {
    const { rate = 1, wallOffsetMs = 0, random = () => 0 } = o;
    const self = { resumeMs: 0 };
    let asleepMs = 0;
    let jumpedMs = 0;
    let leading = 0;
    const outcomes: string[] = [];
    const clock: Clock = {
      now: () => 1.7e12 + wallOffsetMs + jumpedMs + nowMs * rate,
      monotonic: () => (nowMs - asleepMs) * rate,
      setTimeout(run, delayMs) {
        return { clear: later(delayMs / rate, run, self) };
      },
    };
    const send = <T>(act: () => T, signal: AbortSignal | undefined): Promise<T> => {
      const { thereMs, backMs, lost } = o.travel?.() ?? { thereMs: 5, backMs: 5, lost: "no" };
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      if (signal?.aborted) reject(signal.reason);
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      if (lost === "request") return promise;
      later(thereMs, () => {
        const answer = attempt(act);
        if (lost === "no")
          later(backMs, () => (answer.ok ? resolve(answer.value) : reject(answer.error)), self);
      });
      return promise;
    };
    const client = {
      get: (_r: unknown, _ref: unknown, q: { signal?: AbortSignal } = {}) =>
        send(() => server.get(), q.signal),
      create: (_r: unknown, lease: Lease, q: { signal?: AbortSignal } = {}) =>
        send(() => server.create(lease), q.signal),
      replace: (_r: unknown, lease: Lease, q: { signal?: AbortSignal } = {}) =>
        send(() => server.replace(lease), q.signal),
    };
    const elector = createLeaderElector({
      client: client as never,
      namespace: "default",
      name: "test",
      identity: o.identity,
      clock,
      random,
    });
    const stop = new AbortController();
    const lead = async (signal: AbortSignal) => {
      leading += 1;
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      leading -= 1;
    };
    const run = async () => {
      while (!stop.signal.aborted) outcomes.push(await elector.run({ signal: stop.signal, lead }));
    };
    later(0, () => void run(), self);
    return {
      elector,
      outcomes,
      get paused() {
        return nowMs < self.resumeMs;
      },
      get leading() {
        return leading;
      },
      pause(ms) {
        self.resumeMs = Math.max(self.resumeMs, nowMs + ms);
      },
      suspend(ms) {
        // Timers run on the monotonic clock: they are late by as much as it stood still.
        for (const event of events.values()) if (event.process === self) event.atMs += ms;
        asleepMs += ms;
        self.resumeMs = Math.max(self.resumeMs, nowMs + ms);
      },
      jump(ms) {
        jumpedMs += ms;
      },
      stop: () => stop.abort(),
    };
  };

  return {
    process,
    server,
    get nowMs() {
      return nowMs;
    },
    /** Lets time pass; calls `look` after everything that happens, and every 100 ms. */
    async pass(ms: number, look: () => void = () => {}): Promise<void> {
      const endMs = nowMs + ms;
      for (;;) {
        const [id, next] = earliest(events) ?? [];
        if (id === undefined || next === undefined || next.atMs > endMs) break;
        while (next.atMs - nowMs > 100) {
          nowMs += 100;
          look();
        }
        nowMs = Math.max(nowMs, next.atMs);
        const resumeMs = next.process?.resumeMs ?? 0;
        if (resumeMs > nowMs) {
          next.atMs = resumeMs;
          continue;
        }
        events.delete(id);
        // What a process does first after it wakes is the worst moment to be wrong.
        look();
        next.run();
        await settle();
        look();
      }
      nowMs = endMs;
      look();
      await settle();
    },
  };
}

function earliest<T extends { atMs: number }>(events: Map<number, T>): [number, T] | undefined {
  let first: [number, T] | undefined;
  for (const entry of events) if (first === undefined || entry[1].atMs < first[1].atMs) first = entry;
  return first;
}

/** One Lease under optimistic locking, as the API server keeps it. A write that changes nothing is none. */
function createLeaseServer() {
  let stored: Lease | undefined;
  let version = 0;
  const store = (lease: Lease): Lease => {
    const same = stored !== undefined && JSON.stringify(stored.spec) === JSON.stringify(lease.spec);
    if (!same) version += 1;
    stored = structuredClone({
      ...lease,
      metadata: {
        ...lease.metadata,
        uid: stored?.metadata.uid ?? `uid-${version}`,
        resourceVersion: String(version),
      },
    });
    return structuredClone(stored);
  };
  const refuse = (status: number, reason: string) => new ApiError("write the lease", { status, reason });
  return {
    get(): Lease {
      if (stored === undefined) throw refuse(404, "NotFound");
      return structuredClone(stored);
    },
    create(lease: Lease): Lease {
      if (stored !== undefined) throw refuse(409, "AlreadyExists");
      return store(lease);
    },
    replace(lease: Lease): Lease {
      if (stored === undefined) throw refuse(404, "NotFound");
      if (stored.metadata.resourceVersion !== lease.metadata.resourceVersion) throw refuse(409, "Conflict");
      return store(lease);
    },
    delete: () => {
      stored = undefined;
    },
  };
}

function attempt<T>(act: () => T): { ok: true; value: T } | { ok: false; error: unknown } {
  try {
    return { ok: true, value: act() };
  } catch (error) {
    return { ok: false, error };
  }
}

async function settle(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
}
