/**
 * Who waits for what, in the stated order, so that a freed address is offered to those who could use it and to
 * nobody else. Knows nothing of how a request is decided.
 *
 * Requests whose needs are the same stand in one queue: when its first can't be served, nor can the rest. That makes a
 * release cost the number of different needs, not the number of those who wait.
 */
import { type AllocationRequest, compareOrder } from "./contract.ts";

export interface Waiting {
  readonly request: AllocationRequest;
  /** The state it was last told, to know whether trying again made a difference. */
  readonly told: string;
  /** Requests with an equal need wait in one queue; absent: its need is its own. */
  readonly queue: string | undefined;
  /** What must change for the whole queue. */
  readonly queueWatches: readonly string[];
  /** What must change for this request alone. */
  readonly watches: readonly string[];
}

export interface WaitingLine {
  put(waiting: Waiting): void;
  remove(id: string): void;
  get(id: string): Waiting | undefined;
  all(): readonly Waiting[];
  /** Something changed that some may watch. */
  mark(watch: string): void;
  markAll(): void;
  /** Offers what was marked to those who watch it, in order, until nothing is marked. `offer` may put and remove. */
  serve(offer: (waiting: Waiting) => void): void;
}

export function createWaitingLine(): WaitingLine {
  const entries = new Map<string, Waiting>();
  const queues = new Map<string, Waiting[]>();
  const queuesByWatch = new Map<string, Set<string>>();
  const singlesByWatch = new Map<string, Set<string>>();
  let marks = new Set<string>();
  let everybody = false;

  function remove(id: string): void {
    const entry = entries.get(id);
    if (!entry) return;
    entries.delete(id);
    for (const watch of entry.watches) drop(singlesByWatch, watch, id);
    if (entry.queue === undefined) return;
    const queue = queues.get(entry.queue) ?? [];
    const at = locate(queue, entry);
    if (queue[at]?.request.id === id) queue.splice(at, 1);
    if (queue.length > 0) return;
    queues.delete(entry.queue);
    for (const watch of entry.queueWatches) drop(queuesByWatch, watch, entry.queue);
  }

  function put(entry: Waiting): void {
    remove(entry.request.id);
    entries.set(entry.request.id, entry);
    for (const watch of entry.watches) add(singlesByWatch, watch, entry.request.id);
    if (entry.queue === undefined) return;
    let queue = queues.get(entry.queue);
    if (!queue) {
      queue = [];
      queues.set(entry.queue, queue);
      for (const watch of entry.queueWatches) add(queuesByWatch, watch, entry.queue);
    }
    queue.splice(locate(queue, entry), 0, entry);
  }

  /** Who is to be offered something: single requests in order, and queues of which the first counts. */
  function takeMarked(): { singles: Waiting[]; open: Set<string> } {
    const ids = new Set<string>(everybody ? entries.keys() : []);
    const open = new Set<string>();
    for (const mark of marks) {
      for (const id of singlesByWatch.get(mark) ?? []) ids.add(id);
      for (const queue of queuesByWatch.get(mark) ?? []) open.add(queue);
    }
    marks = new Set();
    everybody = false;
    const singles = [...ids].map((id) => entries.get(id)).filter((entry) => entry !== undefined);
    return { singles: singles.sort((a, b) => compareOrder(a.request, b.request)), open };
  }

  function serveOnce(offer: (waiting: Waiting) => void): void {
    const { singles, open } = takeMarked();
    let next = 0;
    for (;;) {
      let first = singles[next];
      let from: string | undefined;
      for (const name of open) {
        const head = queues.get(name)?.[0];
        if (!head) open.delete(name);
        else if (!first || compareOrder(head.request, first.request) < 0) [first, from] = [head, name];
      }
      if (!first) return;
      if (from === undefined) next++;
      // Gone or changed since the round began: served in another way, or put back with other needs.
      const id = first.request.id;
      const entry = entries.get(id);
      if (entry) offer(entry);
      if (from !== undefined && queues.get(from)?.[0]?.request.id === id) open.delete(from);
    }
  }

  return {
    put,
    remove,
    get: (id) => entries.get(id),
    all: () => [...entries.values()].sort((a, b) => compareOrder(a.request, b.request)),
    mark(watch) {
      if (singlesByWatch.has(watch) || queuesByWatch.has(watch)) marks.add(watch);
    },
    markAll() {
      everybody = entries.size > 0;
    },
    serve(offer) {
      while (everybody || marks.size > 0) serveOnce(offer);
    },
  };
}

function locate(queue: readonly Waiting[], entry: Waiting): number {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareOrder((queue[middle] as Waiting).request, entry.request) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function add(index: Map<string, Set<string>>, key: string, value: string): void {
  const values = index.get(key);
  if (values) values.add(value);
  else index.set(key, new Set([value]));
}

function drop(index: Map<string, Set<string>>, key: string, value: string): void {
  const values = index.get(key);
  values?.delete(value);
  if (values?.size === 0) index.delete(key);
}
