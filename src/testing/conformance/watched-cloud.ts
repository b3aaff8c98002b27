/** Counts the calls to the cloud, and makes trouble at the one that a test names. */
import type { CloudCall, CloudFault, ProviderHarness } from "./harness.ts";

export interface WatchedCloud {
  /** Calls since the last `clear`, in the order in which they came. */
  readonly calls: readonly CloudCall[];
  clear(): void;
  writes(): readonly CloudCall[];
  isBusy(): boolean;
  /** When a call began or ended, by `performance.now()`. */
  lastCallAt(): number;
  /** From now on decides what becomes of every call. Without one: none is disturbed. */
  trouble(trouble?: Trouble): void;
}

/** `index`: of the call since the last `clear`, from 0. */
export type Trouble = (
  call: CloudCall,
  phase: "before" | "after",
  index: number,
) => CloudFault | undefined | Promise<CloudFault | undefined>;

/** A call whose end is never told does not stop the clock for longer. */
const longestCallMs = 10_000;

export function watchCloud(harness: Pick<ProviderHarness, "onCall">): WatchedCloud {
  const calls: CloudCall[] = [];
  const underWay = new Map<CloudCall, number>();
  let lastCallAt = performance.now();
  let current: Trouble = () => undefined;

  harness.onCall(async (given, phase) => {
    lastCallAt = performance.now();
    const call = phase === "before" ? given : (begun(underWay, given) ?? given);
    if (phase === "before") {
      underWay.set(call, calls.length);
      calls.push(call);
    }
    const fault = await current(call, phase, underWay.get(call) ?? calls.length - 1);
    if (phase === "after" || fault !== undefined) underWay.delete(call);
    lastCallAt = performance.now();
    return fault;
  });
  return {
    calls,
    clear: () => void calls.splice(0),
    writes: () => calls.filter(({ write }) => write),
    isBusy: () => underWay.size > 0 && performance.now() - lastCallAt < longestCallMs,
    lastCallAt: () => lastCallAt,
    trouble(trouble = () => undefined) {
      current = trouble;
    },
  };
}

/** What comes in the second phase may be another object that says the same. */
function begun(underWay: ReadonlyMap<CloudCall, number>, given: CloudCall): CloudCall | undefined {
  if (underWay.has(given)) return given;
  return [...underWay.keys()].find(({ name, write }) => name === given.name && write === given.write);
}
