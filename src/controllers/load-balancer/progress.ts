/** Keeps account of a running plan: what may start, what goes into one write, what an error blocks. Starts nothing itself. */
import type { Operation } from "../../core/plan/types.ts";
import type { OperationResult } from "./execute.ts";

export interface Progress {
  /** Not ended yet, in the plan's order. */
  readonly open: ReadonlyMap<string, Operation>;
  /** Handed out by `due` and not ended. */
  readonly running: ReadonlySet<string>;
  readonly results: ReadonlyMap<string, OperationResult>;
  /** What may start now, each returned once: single operations, or all that one write of a document does. */
  due(): Operation[][];
  /** Records how an operation ended; what waited for one that is not done is blocked. */
  end(key: string, result: OperationResult): void;
  /** Resolves once something ended since the last call. */
  changed(): Promise<void>;
}

export function createProgress(operations: readonly Operation[]): Progress {
  const open = new Map(operations.map((operation) => [operation.key, operation]));
  const results = new Map<string, OperationResult>();
  const running = new Set<string>();
  const followers = new Map<string, string[]>();
  for (const { key, after } of operations) {
    for (const first of after) {
      const list = followers.get(first);
      if (list === undefined) followers.set(first, [key]);
      else list.push(key);
    }
  }
  const waitsFor = new Map(operations.map(({ key, after }) => [key, after.length]));
  let wake = Promise.withResolvers<void>();

  const end = (key: string, result: OperationResult): void => {
    if (!open.delete(key)) return;
    running.delete(key);
    results.set(key, result);
    wake.resolve();
    if (result.ended === "done") {
      for (const follower of followers.get(key) ?? [])
        waitsFor.set(follower, (waitsFor.get(follower) ?? 0) - 1);
      return;
    }
    const consequence: OperationResult = result.ended === "failed" ? { ended: "blocked", by: key } : result;
    for (const follower of followers.get(key) ?? []) end(follower, consequence);
  };
  const isFree = (operation: Operation, together: ReadonlySet<string>): boolean =>
    operation.after.every((key) => !open.has(key) || together.has(key));

  const due = (): Operation[][] => {
    const waiting = [...open.values()].filter(({ key }) => !running.has(key));
    const alone = waiting.filter(({ document, key }) => document === undefined && waitsFor.get(key) === 0);
    const batches = alone.map((operation) => [operation]);
    let second: Operation[] | undefined;
    for (const [document, entries] of Map.groupBy(waiting, ({ document }) => document)) {
      if (document === undefined) continue;
      const batch = closure(entries, isFree);
      if (batch.length === 0) continue;
      if (nothingElseMayJoin(batch, entries, open)) batches.push(batch);
      else second ??= batch;
    }
    // Two documents may each wait for a part of the other: then one of them has to be written twice.
    if (running.size + batches.length === 0 && second !== undefined) batches.push(second);
    for (const { key } of batches.flat()) running.add(key);
    return batches;
  };

  const changed = async (): Promise<void> => {
    await wake.promise;
    wake = Promise.withResolvers<void>();
  };
  return { open, running, results, due, end, changed };
}

/** Entries that wait for nothing, or only for others of the same write. */
function closure(
  entries: readonly Operation[],
  isFree: (operation: Operation, together: ReadonlySet<string>) => boolean,
): Operation[] {
  const together = new Set<string>();
  for (let before = -1; before < together.size; ) {
    before = together.size;
    for (const entry of entries) if (isFree(entry, together)) together.add(entry.key);
  }
  return entries.filter(({ key }) => together.has(key));
}

/** Whether every other entry comes after this write anyway: waiting for it is vain, and none gets free while this is in flight. */
function nothingElseMayJoin(
  batch: readonly Operation[],
  entries: readonly Operation[],
  open: ReadonlyMap<string, Operation>,
): boolean {
  const now = new Set(batch.map(({ key }) => key));
  const known = new Map<string, boolean>();
  const comesAfter = (key: string): boolean => {
    if (now.has(key)) return true;
    const answer = known.get(key) ?? (open.get(key)?.after.some(comesAfter) || false);
    known.set(key, answer);
    return answer;
  };
  return entries.every(({ key }) => comesAfter(key));
}
