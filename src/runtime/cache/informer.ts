/** The objects of one kind as last heard of, with indexes, and whoever wants to know of changes. Does no I/O itself. */

import type { KubeObject, Resource } from "../../api/meta.ts";
import type { Logger } from "../logger.ts";
import { Indexes, type ValuesOf } from "./indexes.ts";
import { keyOf } from "./key.ts";
import { type Change, Partition } from "./partition.ts";

export interface InformerHandler<T> {
  /** `initial`: it was there before we began to look (first list, or the handler came later). */
  add?(object: T, info: { readonly initial: boolean }): void;
  update?(before: T, after: T): void;
  /** `object` is its last state; after a gap in the watch, the last one that was seen. */
  delete?(object: T): void;
}

/**
 * A local copy of all objects of one kind within the cache's scope.
 *
 * - Objects are shared by all readers and must not be changed.
 * - Handlers run synchronously, after the copy and its indexes are up to date, in the order of the changes; what they
 *   throw is logged and counted, and stops nobody. Followed from the start, their calls rebuild exactly the copy.
 * - An update is told only if the resourceVersion differs. A gap in the watch is told as one update per object.
 */
export interface Informer<T extends KubeObject> {
  readonly resource: Resource<T>;
  /** The namespaces that it covers; undefined: all there are. */
  readonly namespaces: readonly string[] | undefined;
  /** True once everything that existed at the start is here. Never false again. */
  readonly hasSynced: boolean;
  /** Resolves when `hasSynced` becomes true. */
  readonly whenSynced: Promise<void>;
  readonly size: number;
  /** `key` is `namespace/name`, or `name` of a cluster-scoped object. */
  get(key: string): T | undefined;
  /** A new array, in no particular order. */
  list(): T[];
  /** The objects for which the index's function gave `value`. */
  by(index: string, value: string): T[];
  /** May be called at any time. The function must depend on the object alone. */
  addIndex(name: string, values: ValuesOf<T>): void;
  /** Returns a function that takes the handler off. A handler that comes late gets `add` at once for what is there. */
  on(handler: InformerHandler<T>): () => void;
  /**
   * Takes in the object that a write returned, so that the next reconcile does not act on what it was before.
   *
   * Guarantees: afterwards `get` gives this state or a newer one, or nothing if it has been deleted since; the watch
   * never sets it back; handlers hear of it now and not again when the watch brings it. Objects outside the cache's
   * scope are ignored, and with selectors also those not cached yet. Not covered: deletions, which the watch brings.
   *
   * @returns whether the copy changed.
   */
  observe(object: T): boolean;
}

export interface InformerShape<T> {
  readonly namespaces: readonly string[] | undefined;
  readonly strip: (object: T) => T;
  readonly metadataOnly: boolean;
  /** Only part of the objects of the scope is cached. */
  readonly selective: boolean;
}

/** What a reflector may do with an informer. One sink per namespace, or one for all. */
export interface Sink<T extends KubeObject> {
  readonly progress: string | undefined;
  beginList(): void;
  replace(list: ReadonlyMap<string, T>, resourceVersion: string): void;
  apply(type: "ADDED" | "MODIFIED" | "DELETED", object: T): void;
  bookmark(resourceVersion: string): void;
  catchUp(list: ReadonlyMap<string, T>, resourceVersion: string): void;
}

export interface InformerTrouble {
  readonly logger: Logger;
  readonly handlerFailed?: ((resource: string) => void) | undefined;
}

interface News<T> {
  readonly number: number;
  readonly change: Change<T>;
  readonly initial: boolean;
}

/** Everything at once: the name under which the partition of an unscoped informer is kept. */
export const allNamespaces = "";

export class LocalInformer<T extends KubeObject> implements Informer<T> {
  readonly resource: Resource<T>;
  readonly #shape: InformerShape<T>;
  readonly #partitions: ReadonlyMap<string, Partition<T>>;
  readonly #indexes: Indexes<T>;
  /** With the number of the last piece of news that was in the copy when the handler came. */
  readonly #handlers = new Map<InformerHandler<T>, number>();
  readonly #trouble: InformerTrouble;
  readonly #whenSynced = Promise.withResolvers<void>();
  #news: News<T>[] = [];
  #lastNumber = 0;
  #telling = false;
  #synced = false;

  constructor(resource: Resource<T>, shape: InformerShape<T>, trouble: InformerTrouble) {
    this.resource = resource;
    this.#shape = shape;
    this.#trouble = trouble;
    const names = shape.namespaces ?? [allNamespaces];
    this.#partitions = new Map(names.map((name) => [name, new Partition<T>()]));
    this.#indexes = new Indexes((index, error) =>
      this.#failed("The function of an index failed", { index, error }),
    );
  }

  get namespaces(): readonly string[] | undefined {
    return this.#shape.namespaces;
  }

  get hasSynced(): boolean {
    return this.#synced;
  }

  /** Resolves when `hasSynced` becomes true. */
  get whenSynced(): Promise<void> {
    return this.#whenSynced.promise;
  }

  get partitionNames(): string[] {
    return [...this.#partitions.keys()];
  }

  get size(): number {
    let size = 0;
    for (const { items } of this.#partitions.values()) size += items.size;
    return size;
  }

  get(key: string): T | undefined {
    return this.#partitionOf(key)?.items.get(key);
  }

  list(): T[] {
    const all: T[] = [];
    for (const { items } of this.#partitions.values()) for (const object of items.values()) all.push(object);
    return all;
  }

  by(index: string, value: string): T[] {
    const found: T[] = [];
    for (const key of this.#indexes.keys(index, value)) {
      const object = this.get(key);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  addIndex(name: string, values: ValuesOf<T>): void {
    this.#indexes.add(name, values, this.#entries());
  }

  on(handler: InformerHandler<T>): () => void {
    this.#handlers.set(handler, this.#lastNumber);
    for (const object of this.list()) this.#call(handler, { type: "add", object }, true);
    return () => {
      this.#handlers.delete(handler);
    };
  }

  observe(object: T): boolean {
    const key = keyOf(object);
    const partition = this.#partitionOf(key);
    if (!partition || (this.#shape.selective && !partition.items.has(key))) return false;
    // A copy: the caller keeps the original, and stripping changes what it is given.
    const own = this.prepared(structuredClone(object));
    const change = partition.observe(own);
    this.#take(change ? [change] : [], false);
    return change !== undefined;
  }

  /** The form in which an object is kept. */
  prepared(object: T): T {
    const kept = this.#shape.metadataOnly
      ? ({ apiVersion: object.apiVersion, kind: object.kind, metadata: object.metadata } as T)
      : object;
    return this.#shape.strip(kept);
  }

  sink(partitionName: string): Sink<T> {
    const partition = this.#partitions.get(partitionName);
    if (!partition) throw new Error(`There is no partition "${partitionName}"`);
    return {
      get progress() {
        return partition.progress;
      },
      beginList: () => partition.beginList(),
      replace: (list, resourceVersion) => {
        const initial = partition.progress === undefined;
        this.#take(partition.replace(list, resourceVersion), initial);
        this.#checkSynced();
      },
      apply: (type, object) => {
        const change = partition.apply(type, this.prepared(object));
        if (change) this.#take([change], false);
      },
      bookmark: (resourceVersion) => partition.bookmark(resourceVersion),
      catchUp: (list, resourceVersion) => this.#take(partition.catchUp(list, resourceVersion), false),
    };
  }

  /** Number of objects in one partition, for health reports. */
  sizeOf(partitionName: string): number {
    return this.#partitions.get(partitionName)?.items.size ?? 0;
  }

  #take(changes: readonly Change<T>[], initial: boolean): void {
    for (const change of changes) {
      this.#reindex(change);
      this.#news.push({ number: ++this.#lastNumber, change, initial });
    }
    this.#tell();
  }

  /** A handler may call `observe`: what that changes is told after the present round, to everybody in one order. */
  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    try {
      while (this.#news.length > 0) {
        const round = this.#news;
        this.#news = [];
        for (const { number, change, initial } of round) {
          for (const [handler, since] of this.#handlers) {
            if (number > since) this.#call(handler, change, initial);
          }
        }
      }
    } finally {
      this.#telling = false;
    }
  }

  #reindex(change: Change<T>): void {
    switch (change.type) {
      case "add":
        this.#indexes.update(keyOf(change.object), undefined, change.object);
        break;
      case "update":
        this.#indexes.update(keyOf(change.after), change.before, change.after);
        break;
      case "delete":
        this.#indexes.update(keyOf(change.object), change.cached, undefined);
        break;
    }
  }

  #call(handler: InformerHandler<T>, change: Change<T>, initial: boolean): void {
    try {
      switch (change.type) {
        case "add":
          handler.add?.(change.object, { initial });
          break;
        case "update":
          handler.update?.(change.before, change.after);
          break;
        case "delete":
          handler.delete?.(change.object);
          break;
      }
    } catch (error) {
      const object = change.type === "update" ? change.after : change.object;
      this.#failed("A handler of an informer failed", { key: keyOf(object), change: change.type, error });
    }
  }

  #failed(message: string, fields: Record<string, unknown>): void {
    this.#trouble.handlerFailed?.(this.resource.plural);
    this.#trouble.logger.error(message, { resource: this.resource.plural, ...fields });
  }

  #checkSynced(): void {
    if (this.#synced) return;
    for (const { progress } of this.#partitions.values()) if (progress === undefined) return;
    this.#synced = true;
    this.#whenSynced.resolve();
  }

  #partitionOf(key: string): Partition<T> | undefined {
    if (this.#shape.namespaces === undefined) return this.#partitions.get(allNamespaces);
    return this.#partitions.get(key.slice(0, Math.max(0, key.indexOf("/"))));
  }

  *#entries(): Generator<readonly [string, T]> {
    for (const { items } of this.#partitions.values()) yield* items;
  }
}
