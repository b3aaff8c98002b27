/** Simulated time, and an API server that keeps Leases and can be away. */
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../../../src/runtime/clock.ts";
import { ApiError } from "../../../../src/runtime/kube/api-error.ts";
import type { KubeClient } from "../../../../src/runtime/kube/client.ts";
import type { Lease } from "../../../../src/runtime/leader/lease-record.ts";

/** An answer takes so long. */
const travelMs = 5;

export function createSimulation() {
  let nowMs = 1_000;
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  const clock: Clock = {
    now: () => 1.8e12 + nowMs,
    monotonic: () => nowMs,
    setTimeout(run, delayMs) {
      const timer = { atMs: nowMs + Math.max(0, delayMs), run };
      timers.add(timer);
      return { clear: () => void timers.delete(timer) };
    },
  };
  const leases = new Map<string, Lease>();
  const requests: { readonly verb: string; readonly name: string; readonly atMs: number }[] = [];
  let version = 0;
  let away = false;
  let refusal: ApiError | undefined;

  const refuse = (status: number, reason: string) => new ApiError("write the lease", { status, reason });
  const found = (name: string): Lease => {
    const lease = leases.get(name);
    if (lease === undefined) throw refuse(404, "NotFound");
    return lease;
  };
  const store = (lease: Lease, uid: string): Lease => {
    version += 1;
    const metadata = { ...lease.metadata, uid, resourceVersion: String(version) };
    leases.set(metadata.name ?? "", structuredClone({ ...lease, metadata }));
    return structuredClone(found(metadata.name ?? ""));
  };
  const answer = <T>(verb: string, name: string, act: () => T, signal?: AbortSignal): Promise<T> => {
    requests.push({ verb, name, atMs: nowMs });
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    if (!away)
      clock.setTimeout(() => {
        try {
          if (refusal !== undefined && verb !== "get") throw refusal;
          resolve(act());
        } catch (error) {
          reject(error);
        }
      }, travelMs);
    return promise;
  };
  const client = {
    get: (_: unknown, { name }: { name: string }, q: { signal?: AbortSignal } = {}) =>
      answer("get", name, () => structuredClone(found(name)), q.signal),
    create: (_: unknown, lease: Lease, q: { signal?: AbortSignal } = {}) =>
      answer(
        "create",
        lease.metadata.name ?? "",
        () => {
          if (leases.has(lease.metadata.name ?? "")) throw refuse(409, "AlreadyExists");
          return store(lease, `uid-${version}`);
        },
        q.signal,
      ),
    replace: (_: unknown, lease: Lease, q: { signal?: AbortSignal } = {}) =>
      answer(
        "replace",
        lease.metadata.name ?? "",
        () => {
          const { uid = "", resourceVersion } = found(lease.metadata.name ?? "").metadata;
          if (resourceVersion !== lease.metadata.resourceVersion) throw refuse(409, "Conflict");
          return store(lease, uid);
        },
        q.signal,
      ),
  } as unknown as Pick<KubeClient, "get" | "create" | "replace">;

  return {
    clock,
    client,
    leases,
    requests,
    now: () => nowMs,
    /** Puts a Lease there, as somebody else would. */
    put: (lease: Lease) =>
      store(lease, leases.get(lease.metadata.name ?? "")?.metadata.uid ?? `uid-${version}`),
    /** Requests go unanswered from now on, or are answered again. */
    setAway(on: boolean) {
      away = on;
    },
    /** Writes are refused from now on, reads are not. */
    refuseWrites(why: ApiError | undefined) {
      refusal = why;
    },
    async pass(ms: number): Promise<void> {
      const endMs = nowMs + ms;
      for (;;) {
        await setImmediate();
        const [next] = [...timers].sort((a, b) => a.atMs - b.atMs);
        if (next === undefined || next.atMs > endMs) break;
        timers.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        next.run();
      }
      nowMs = endMs;
    },
  };
}
