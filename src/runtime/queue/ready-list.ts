/** The keys that may be worked on now: highest priority first, first in first out within one priority. */

export interface ReadyItem {
  readonly key: string;
  readonly priority: number;
}

interface Node<T> {
  readonly item: T;
  before: Node<T> | undefined;
  after: Node<T> | undefined;
}

interface Level<T> {
  readonly priority: number;
  first: Node<T> | undefined;
  last: Node<T> | undefined;
  size: number;
}

/** Appending, removing any item, and taking the first are O(1), plus O(levels) when a priority appears or empties. */
export class ReadyList<T extends ReadyItem> {
  readonly #nodes = new Map<string, Node<T>>();
  /** Sorted, highest first. There are a handful at most. */
  readonly #levels: Level<T>[] = [];

  get size(): number {
    return this.#nodes.size;
  }

  get(key: string): T | undefined {
    return this.#nodes.get(key)?.item;
  }

  /** Puts the item at its level's tail. The key must not be in the list. */
  append(item: T): void {
    const level = this.#level(item.priority);
    const node: Node<T> = { item, before: level.last, after: undefined };
    if (level.last) level.last.after = node;
    else level.first = node;
    level.last = node;
    level.size += 1;
    this.#nodes.set(item.key, node);
  }

  remove(key: string): T | undefined {
    const node = this.#nodes.get(key);
    if (!node) return undefined;
    this.#nodes.delete(key);
    const level = this.#level(node.item.priority);
    if (node.before) node.before.after = node.after;
    else level.first = node.after;
    if (node.after) node.after.before = node.before;
    else level.last = node.before;
    level.size -= 1;
    if (level.size === 0) this.#levels.splice(this.#levels.indexOf(level), 1);
    return node.item;
  }

  shift(): T | undefined {
    const first = this.#levels[0]?.first;
    return first && this.remove(first.item.key);
  }

  sizes(): { priority: number; size: number }[] {
    return this.#levels.map(({ priority, size }) => ({ priority, size }));
  }

  clear(): void {
    this.#nodes.clear();
    this.#levels.length = 0;
  }

  #level(priority: number): Level<T> {
    const at = this.#levels.findIndex((level) => level.priority <= priority);
    const found = this.#levels[at];
    if (found?.priority === priority) return found;
    const level: Level<T> = { priority, first: undefined, last: undefined, size: 0 };
    this.#levels.splice(at === -1 ? this.#levels.length : at, 0, level);
    return level;
  }
}
