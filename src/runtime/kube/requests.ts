/** What can be asked of the API server, and what comes back: types only. */

import type { KubeObject } from "../../api/meta.ts";
import type { QueryValue } from "./paths.ts";

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Longest silence of the server, per try. Default: the client's. */
  readonly timeoutMs?: number | undefined;
  /** Tries after the first. Default: 5. */
  readonly maxRetries?: number | undefined;
}

export interface GetOptions extends RequestOptions {
  readonly resourceVersion?: string | undefined;
}

export interface Selection {
  /** Only of this namespace; of all when left out. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Ask for metadata only (`PartialObjectMetadata`); `kind` and `apiVersion` are set to the resource's own. */
  readonly metadataOnly?: boolean | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan" | undefined;
}

export interface ListOptions extends RequestOptions, Selection {
  /** Page size. With it the answer may hold `metadata.continue`, to be handed in for the next page. */
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
}

export interface WatchOptions extends Selection {
  readonly signal?: AbortSignal | undefined;
  /** After this time the server ends the watch. */
  readonly timeoutSeconds?: number | undefined;
  /** Default true. */
  readonly allowWatchBookmarks?: boolean | undefined;
  /** Stream what exists first; wants `resourceVersionMatch: "NotOlderThan"`. */
  readonly sendInitialEvents?: boolean | undefined;
}

export interface WriteOptions extends RequestOptions {
  readonly fieldManager?: string | undefined;
  /** Check and answer, but store nothing. */
  readonly dryRun?: boolean | undefined;
  /** What the server does about unknown and duplicate fields. Its own default is `Warn`. */
  readonly fieldValidation?: "Ignore" | "Warn" | "Strict" | undefined;
}

export interface ReplaceOptions extends WriteOptions {
  readonly subresource?: string | undefined;
}

export interface PatchOptions extends ReplaceOptions {
  /** `apply` is server-side apply and needs a `fieldManager`. `strategic` is for built-in kinds only. */
  readonly type: "apply" | "merge" | "strategic" | "json";
  /** Take over fields of other managers (`apply` only). */
  readonly force?: boolean | undefined;
}

export interface DeleteOptions extends RequestOptions {
  /** Delete only if the object is still this one. */
  readonly uid?: string | undefined;
  /** Delete only if the object was not changed since. */
  readonly resourceVersion?: string | undefined;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan" | undefined;
}

export interface RawOptions extends RequestOptions {
  readonly query?: Readonly<Record<string, QueryValue>> | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly contentType?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface ObjectList<T> {
  readonly metadata: {
    readonly resourceVersion?: string | undefined;
    readonly continue?: string | undefined;
    readonly remainingItemCount?: number | undefined;
  };
  readonly items: T[];
}

export type WatchEvent<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  /** Nothing happened up to `object.metadata.resourceVersion`; only metadata is set. */
  | { readonly type: "BOOKMARK"; readonly object: KubeObject };
