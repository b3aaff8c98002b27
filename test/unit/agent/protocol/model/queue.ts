/** What is to happen, by time; at the same time in the order in which it was put in. */
export interface Queue {
  at(time: number, run: () => void): void;
  /** Runs everything up to this time. */
  runUntil(end: number): void;
  readonly now: number;
}

interface Entry {
  readonly time: number;
  readonly number: number;
  readonly run: () => void;
}

export function createQueue(start: number): Queue {
  const heap: Entry[] = [];
  let now = start;
  let number = 0;
  const isBefore = (a: Entry, b: Entry): boolean =>
    a.time < b.time || (a.time === b.time && a.number < b.number);
  const swap = (a: number, b: number): void => {
    [heap[a], heap[b]] = [heap[b] as Entry, heap[a] as Entry];
  };
  const pop = (): Entry => {
    const top = heap[0] as Entry;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return top;
    heap[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && isBefore(heap[child] as Entry, heap[least] as Entry)) least = child;
      }
      if (least === at) return top;
      swap(at, least);
      at = least;
    }
  };
  return {
    get now() {
      return now;
    },
    at(time, run) {
      heap.push({ time: Math.max(time, now), number: number++, run });
      for (let at = heap.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1;
        if (!isBefore(heap[at] as Entry, heap[parent] as Entry)) break;
        swap(at, parent);
        at = parent;
      }
    },
    runUntil(end) {
      while (heap[0] !== undefined && heap[0].time <= end) {
        const entry = pop();
        now = entry.time;
        entry.run();
      }
      now = Math.max(now, end);
    },
  };
}
