/** Secondary indexes over cached objects: from a value that a function finds in an object to the objects that have it. */

import type { KubeObject } from "../../api/meta.ts";

export type ValuesOf<T> = (object: T) => readonly string[];

interface Index<T> {
  readonly valuesOf: ValuesOf<T>;
  readonly entries: Map<string, Set<string>>;
}

/** Holds keys only; the objects stay in one place. */
export class Indexes<T extends KubeObject> {
  readonly #indexes = new Map<string, Index<T>>();
  readonly #onError: (index: string, error: unknown) => void;

  /** `onError` hears of functions that throw; such an object has no values in that index. */
  constructor(onError: (index: string, error: unknown) => void) {
    this.#onError = onError;
  }

  /** @throws {Error} if the name is taken by another function. */
  add(name: string, valuesOf: ValuesOf<T>, present: Iterable<readonly [string, T]>): void {
    const existing = this.#indexes.get(name);
    if (existing?.valuesOf === valuesOf) return;
    if (existing) throw new Error(`Cannot add index "${name}": there is another one of that name`);
    const index: Index<T> = { valuesOf, entries: new Map() };
    this.#indexes.set(name, index);
    for (const [key, object] of present) this.#insert(name, index, key, object);
  }

  /** @throws {Error} if there is no such index. */
  keys(name: string, value: string): ReadonlySet<string> {
    const index = this.#indexes.get(name);
    if (!index) throw new Error(`Cannot look up by "${name}": there is no such index`);
    return index.entries.get(value) ?? none;
  }

  update(key: string, before: T | undefined, after: T | undefined): void {
    for (const [name, index] of this.#indexes) {
      if (before !== undefined) this.#remove(name, index, key, before);
      if (after !== undefined) this.#insert(name, index, key, after);
    }
  }

  #insert(name: string, index: Index<T>, key: string, object: T): void {
    for (const value of this.#valuesOf(name, index, object)) {
      const keys = index.entries.get(value);
      if (keys) keys.add(key);
      else index.entries.set(value, new Set([key]));
    }
  }

  #remove(name: string, index: Index<T>, key: string, object: T): void {
    for (const value of this.#valuesOf(name, index, object)) {
      const keys = index.entries.get(value);
      keys?.delete(key);
      if (keys?.size === 0) index.entries.delete(value);
    }
  }

  #valuesOf(name: string, index: Index<T>, object: T): readonly string[] {
    try {
      return index.valuesOf(object);
    } catch (error) {
      this.#onError(name, error);
      return [];
    }
  }
}

const none: ReadonlySet<string> = new Set();
