/** A binary heap of what becomes due at a time. Knows no clock; removing is left to the reader (skip what is stale). */

export interface Due {
  readonly dueMs: number;
}

/** Pushing and popping are O(log n). */
export class DelayHeap<T extends Due> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  first(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#due(parent) <= item.dueMs) break;
      items[at] = items[parent] as T;
      at = parent;
    }
    items[at] = item;
  }

  pop(): T | undefined {
    const items = this.#items;
    const top = items[0];
    const moved = items.pop();
    if (moved === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && this.#due(child + 1) < this.#due(child)) child += 1;
      if (this.#due(child) >= moved.dueMs) break;
      items[at] = items[child] as T;
      at = child;
    }
    items[at] = moved;
    return top;
  }

  clear(): void {
    this.#items.length = 0;
  }

  #due(at: number): number {
    return (this.#items[at] as T).dueMs;
  }
}
