/**
 * What one list-and-watch stream has told, brought up to date by own writes. Pure state: it does no I/O and calls nobody.
 *
 * Every method applies one piece of news and returns what changed, in an order in which deletions come first.
 *
 * **Own writes.** The answer to a write is newer than the cache until the watch has caught up. `observe` takes it in at
 * once, under one rule: only if its resourceVersion is greater than everything the stream has told so far (`progress`).
 * If the stream is already past it, the stream knew this write and whatever came after it, so that what is (or is not)
 * in the cache is newer. Hence an object deleted meanwhile is never brought back, and no tombstones are needed.
 */

import type { KubeObject } from "../../api/meta.ts";
import { keyOf } from "./key.ts";
import { compareResourceVersions } from "./resource-version.ts";

export type Change<T> =
  | { readonly type: "add"; readonly object: T }
  | { readonly type: "update"; readonly before: T; readonly after: T }
  /** `object` is the last state that is known, which may be newer than what was cached. */
  | { readonly type: "delete"; readonly cached: T; readonly object: T };

/** What came in beside the stream, which has not confirmed it yet: an object from a write's answer, or a whole list. */
interface Assumed {
  readonly resourceVersion: string;
  /** Value of `Partition.listsBegun` when it came. */
  readonly during: number;
}

export class Partition<T extends KubeObject> {
  readonly items = new Map<string, T>();
  readonly #assumed = new Map<string, Assumed>();
  #progress: string | undefined;
  /** Everything up to here is in the copy, whatever the stream has come to. */
  #floor: Assumed | undefined;
  #listsBegun = 0;

  /** resourceVersion up to which the stream has told everything; undefined before the first list. */
  get progress(): string | undefined {
    return this.#progress;
  }

  /** To be called before the request of a list (or a streamed one) is sent whose result goes to `replace`. */
  beginList(): void {
    this.#listsBegun++;
  }

  /**
   * A complete and consistent list: what is not in it is gone.
   *
   * An object observed while the list was under way, and newer than it, is kept. One observed earlier is not: the list
   * was asked for after the write had been answered, so it holds the write or what came after.
   */
  replace(list: ReadonlyMap<string, T>, resourceVersion: string): Change<T>[] {
    this.#progress = resourceVersion;
    // Asked for before the copy was brought up to date by another list. One asked for later counts, older or not: a
    // backup may have been restored.
    const wasUnderWay = this.#floor?.during === this.#listsBegun;
    if (wasUnderWay && isNewer(this.#floor?.resourceVersion, resourceVersion)) return [];
    this.#floor = undefined;
    const changes: Change<T>[] = [];
    for (const [key, object] of this.items) {
      if (list.has(key) || this.#outlives(key, resourceVersion)) continue;
      this.items.delete(key);
      this.#assumed.delete(key);
      changes.push({ type: "delete", cached: object, object });
    }
    for (const [key, object] of list) {
      if (this.#outlives(key, resourceVersion)) continue;
      this.#assumed.delete(key);
      const change = this.#put(key, object);
      if (change) changes.push(change);
    }
    return changes;
  }

  /**
   * A complete list that was read beside the stream, which may lag behind it. What the stream tells later of the time
   * before this list is no news.
   */
  catchUp(list: ReadonlyMap<string, T>, resourceVersion: string): Change<T>[] {
    if (!this.#isNewerThanStream(resourceVersion)) return [];
    this.#floor = { resourceVersion, during: this.#listsBegun };
    const changes: Change<T>[] = [];
    for (const [key, object] of this.items) {
      if (list.has(key) || isNewer(object.metadata.resourceVersion, resourceVersion)) continue;
      this.items.delete(key);
      this.#assumed.delete(key);
      changes.push({ type: "delete", cached: object, object });
    }
    for (const [key, object] of list) {
      const known = this.items.get(key)?.metadata.resourceVersion;
      if (known !== undefined && !isNewer(object.metadata.resourceVersion, known)) continue;
      this.#assumed.delete(key);
      const change = this.#put(key, object);
      if (change) changes.push(change);
    }
    return changes;
  }

  /** An event of the watch. News older than what was observed only moves the progress on. */
  apply(type: "ADDED" | "MODIFIED" | "DELETED", object: T): Change<T> | undefined {
    const key = keyOf(object);
    const { resourceVersion } = object.metadata;
    const assumed = this.#assumed.get(key);
    if (resourceVersion !== undefined) this.#progress = resourceVersion;
    if (this.#floor !== undefined && !isNewer(resourceVersion, this.#floor.resourceVersion)) return undefined;
    if (assumed) {
      if ((compareResourceVersions(resourceVersion, assumed.resourceVersion) ?? 0) < 0) return undefined;
      this.#assumed.delete(key);
    }
    if (type !== "DELETED") return this.#put(key, object);
    const cached = this.items.get(key);
    if (cached === undefined) return undefined;
    this.items.delete(key);
    return { type: "delete", cached, object };
  }

  /** The stream says that nothing else happened up to this version. */
  bookmark(resourceVersion: string): void {
    this.#progress = resourceVersion;
    for (const [key, { resourceVersion: own }] of this.#assumed) {
      if ((compareResourceVersions(own, resourceVersion) ?? 0) <= 0) this.#assumed.delete(key);
    }
  }

  /** The answer to an own write. Returns nothing if the cache already knows as much or more. */
  observe(object: T): Change<T> | undefined {
    const key = keyOf(object);
    const { resourceVersion } = object.metadata;
    if (resourceVersion === undefined || !this.#isNews(key, resourceVersion)) return undefined;
    this.#assumed.set(key, { resourceVersion, during: this.#listsBegun });
    return this.#put(key, object);
  }

  #isNews(key: string, resourceVersion: string): boolean {
    const assumed = this.#assumed.get(key)?.resourceVersion;
    return (
      this.#isNewerThanStream(resourceVersion) && (assumed === undefined || isNewer(resourceVersion, assumed))
    );
  }

  #isNewerThanStream(resourceVersion: string): boolean {
    return [this.#progress, this.#floor?.resourceVersion].every(
      (known) => known === undefined || isNewer(resourceVersion, known),
    );
  }

  #outlives(key: string, listVersion: string): boolean {
    const assumed = this.#assumed.get(key);
    if (assumed === undefined || assumed.during < this.#listsBegun) return false;
    return (compareResourceVersions(assumed.resourceVersion, listVersion) ?? 0) > 0;
  }

  #put(key: string, after: T): Change<T> | undefined {
    const before = this.items.get(key);
    if (before !== undefined && before.metadata.resourceVersion === after.metadata.resourceVersion) {
      return undefined;
    }
    this.items.set(key, after);
    return before === undefined ? { type: "add", object: after } : { type: "update", before, after };
  }
}

/** False also for versions that can't be compared. */
function isNewer(a: string | undefined, b: string | undefined): boolean {
  return (compareResourceVersions(a, b) ?? 0) > 0;
}
