/** Reads and writes objects of any kind. JSON goes in and comes out untouched: no field is dropped or converted. */

import { apiVersionOf, type KubeObject, type Resource } from "../../api/meta.ts";
import type { Clock } from "../clock.ts";
import type { Connection } from "./connection.ts";
import { collectionPath, namespaceFor, type ObjectRef, objectPath } from "./paths.ts";
import type {
  DeleteOptions,
  GetOptions,
  ListOptions,
  ObjectList,
  PatchOptions,
  RawOptions,
  ReplaceOptions,
  RequestOptions,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./requests.ts";
import { acceptFor, selectionQuery } from "./selection.ts";
import { createSender, type RequestInfo, type Sender } from "./sender.ts";
import { watchEvents } from "./watch.ts";

export type { ObjectRef } from "./paths.ts";
export type { RequestInfo } from "./sender.ts";

/**
 * The API server.
 *
 * Errors: `ApiError` when the server refused, `TransportError` when no answer came, `signal.reason` when aborted, what
 * a guard threw, and `TypeError` for names that can't stand in a path. Requests that may be repeated without harm are
 * repeated on 429, 502–504 and broken connections (see `retry.ts`); all others only if the server surely did nothing.
 */
export interface KubeClient {
  readonly server: string;
  get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, o?: GetOptions): Promise<T>;
  /** One page. Items get the `apiVersion` and `kind` that lists leave out. */
  list<T extends KubeObject>(resource: Resource<T>, o?: ListOptions): Promise<ObjectList<T>>;
  /** Creates in `object.metadata.namespace`. */
  create<T extends KubeObject>(resource: Resource<T>, object: T, o?: WriteOptions): Promise<T>;
  replace<T extends KubeObject>(resource: Resource<T>, object: T, o?: ReplaceOptions): Promise<T>;
  patch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    body: unknown,
    o: PatchOptions,
  ): Promise<T>;
  /** A missing object is an `ApiError` (`isNotFound`), also when a repeated request finds its first try's work done. */
  delete<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, o?: DeleteOptions): Promise<void>;
  /** Ends when the server ends it; throws `ApiError` for ERROR events. Never reconnects. */
  watch<T extends KubeObject>(resource: Resource<T>, o: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** Any path. Answers that are not JSON come back as text. */
  request(method: string, path: string, o?: RawOptions): Promise<unknown>;
  /**
   * The same client on the same sockets, with `guard` called right before each send: after the wait for a socket,
   * synchronously before the bytes are written, and again for each retry. If it throws, nothing is sent and the call
   * fails with what it threw. Guards add up.
   */
  guarded(guard: () => void): KubeClient;
  /** Ends all connections, those of guarded clients too. */
  close(): void;
}

export interface KubeClientOptions {
  /** Default `fairlead`. */
  readonly userAgent?: string | undefined;
  /** Connections for requests, besides one for each watch. Default 50. */
  readonly maxSockets?: number | undefined;
  /** Longest silence of the server while an answer is awaited or read. Default 30 s; watches wait 60 s to begin. */
  readonly timeoutMs?: number | undefined;
  /** Largest answer that is read. Default 256 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /** Longest line of a watch. Default 64 MiB. */
  readonly maxLineBytes?: number | undefined;
  /** Called once per finished request, retries included; for metrics and recordings. Must not throw. */
  readonly onRequest?: ((info: RequestInfo) => void) | undefined;
  readonly clock?: Clock | undefined;
  /** Gives [0, 1). */
  readonly random?: (() => number) | undefined;
}

export function createKubeClient(connection: Connection, o: KubeClientOptions = {}): KubeClient {
  return clientOn(createSender(connection, o), connection.server);
}

const contentTypes = {
  apply: "application/apply-patch+yaml",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
} as const;

function clientOn(sender: Sender, server: string): KubeClient {
  return {
    server,
    async get(resource, ref, o = {}) {
      const path = objectPath(resource, ref);
      const query = { resourceVersion: o.resourceVersion };
      return sender.json({ verb: "get", method: "GET", path, query, ...about(resource, ref), ...passed(o) });
    },
    async list(resource, o = {}) {
      const path = collectionPath(resource, resource.namespaced ? o.namespace : undefined);
      const query = { ...selectionQuery(o), limit: o.limit, continue: o.continue };
      const target = { kind: resource.plural, namespace: o.namespace };
      const accept = acceptFor("PartialObjectMetadataList", o.metadataOnly);
      const list = await sender.json<ObjectList<KubeObject>>({
        verb: "list",
        method: "GET",
        path,
        query,
        target,
        accept,
        ...passed(o),
      });
      const apiVersion = apiVersionOf(resource);
      // Go writes an empty slice as null.
      const items = (list.items ?? []) as never[];
      for (const item of items as KubeObject[]) {
        item.apiVersion = apiVersion;
        item.kind = resource.kind;
      }
      return { metadata: list.metadata, items };
    },
    async create(resource, object, o = {}) {
      const name = object.metadata.name ?? object.metadata.generateName ?? "";
      const namespace = namespaceFor(resource, object.metadata.namespace, name);
      const path = collectionPath(resource, namespace);
      const target = { kind: resource.plural, namespace, name };
      const query = writeQuery(o);
      return sender.json({ verb: "create", method: "POST", path, query, target, body: object, ...passed(o) });
    },
    async replace(resource, object, o = {}) {
      const ref = { name: object.metadata.name ?? "", namespace: object.metadata.namespace };
      const path = objectPath(resource, ref, o.subresource);
      const query = writeQuery(o);
      const target = about(resource, ref, o.subresource);
      return sender.json({
        verb: "update",
        method: "PUT",
        path,
        query,
        body: object,
        ...target,
        ...passed(o),
      });
    },
    async patch(resource, ref, body, o) {
      if (o.type === "apply" && !o.fieldManager) {
        throw new TypeError(`Cannot apply ${resource.plural} ${ref.name}: no fieldManager given`);
      }
      return sender.json({
        verb: o.type === "apply" ? "apply" : "patch",
        method: "PATCH",
        path: objectPath(resource, ref, o.subresource),
        query: { ...writeQuery(o), force: o.force },
        contentType: contentTypes[o.type],
        body,
        repetition: o.type === "json" ? "doubled" : "harmless",
        ...about(resource, ref, o.subresource),
        ...passed(o),
      });
    },
    async delete(resource, ref, o = {}) {
      const path = objectPath(resource, ref);
      await sender.json({
        verb: "delete",
        method: "DELETE",
        path,
        body: deleteBody(o),
        ...about(resource, ref),
        ...passed(o),
      });
    },
    watch: (resource, o) => watchEvents(sender, resource, o),
    async request(method, path, o = {}) {
      const { query, body, contentType, headers } = o;
      const target = { kind: path };
      return sender.json({
        verb: method.toLowerCase(),
        method,
        path,
        query,
        target,
        body,
        contentType,
        headers,
        ...passed(o),
      });
    },
    guarded: (guard) => clientOn(sender.guarded(guard), server),
    close: () => sender.close(),
  };
}

function about(resource: Resource<KubeObject>, ref: ObjectRef, subresource?: string) {
  return { target: { kind: resource.plural, namespace: ref.namespace, name: ref.name, subresource } };
}

function passed(o: RequestOptions): RequestOptions {
  return { signal: o.signal, timeoutMs: o.timeoutMs, maxRetries: o.maxRetries };
}

function writeQuery(o: WriteOptions) {
  return {
    fieldManager: o.fieldManager,
    dryRun: o.dryRun ? "All" : undefined,
    fieldValidation: o.fieldValidation,
  };
}

function deleteBody(o: DeleteOptions): unknown {
  const guarded = o.uid !== undefined || o.resourceVersion !== undefined;
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    ...(guarded && { preconditions: { uid: o.uid, resourceVersion: o.resourceVersion } }),
    ...(o.propagationPolicy && { propagationPolicy: o.propagationPolicy }),
  };
}
