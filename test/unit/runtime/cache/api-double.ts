/** A small API server for one kind, widgets: lists with pages, watches with bookmarks and streamed lists, and misbehaves on order. */

import type { ServerResponse } from "node:http";
import { json, type Loopback, loopback, type Seen, status, type Widget } from "../loopback.ts";

interface Watcher {
  readonly response: ServerResponse;
  readonly namespace: string | undefined;
}

interface HistoryEntry {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: Widget;
  readonly version: number;
}

export interface ApiDouble extends AsyncDisposable {
  readonly server: Loopback;
  /** Requests so far, as `list`, `page`, `stream`, `watch 7`. */
  readonly asked: string[];
  readonly watchers: number;
  readonly version: number;
  /** Creates or changes; returns what a client would get back. */
  put(key: string, more?: object): Widget;
  remove(key: string): void;
  /** What watches have to say is held back from now on, on connections old and new; or no longer. */
  mute(on: boolean): void;
  bookmark(): void;
  /** Sends raw lines into all watches. */
  say(text: string): void;
  /** Destroys all watch connections. */
  cut(): void;
  /** Ends all watches politely. */
  end(): void;
  /** Forgets the history: watches from before now get 410. */
  compact(): void;
  /** Answers requests in its own way; true if it did. */
  intercept: ((asked: string, seen: Seen, response: ServerResponse) => boolean) | undefined;
}

export async function apiDouble(o: { streaming?: boolean; pageSize?: number } = {}): Promise<ApiDouble> {
  const { streaming = true, pageSize } = o;
  const objects = new Map<string, Widget>();
  const history: HistoryEntry[] = [];
  const watchers = new Set<Watcher>();
  const asked: string[] = [];
  let version = 100;
  let compacted = 0;
  let muted = false;

  const within = (object: Widget, namespace: string | undefined) =>
    namespace === undefined || object.metadata.namespace === namespace;
  const send = (watcher: Watcher, type: string, object: unknown) => {
    if (!muted) watcher.response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const record = (type: HistoryEntry["type"], object: Widget) => {
    history.push({ type, object, version });
    for (const watcher of watchers) if (within(object, watcher.namespace)) send(watcher, type, object);
  };
  const bookmark = (watcher: Watcher, annotations?: object) =>
    send(watcher, "BOOKMARK", { metadata: { resourceVersion: String(version), annotations } });

  const list = (url: URL, namespace: string | undefined, response: ServerResponse) => {
    const all = [...objects.values()].filter((object) => within(object, namespace));
    const from = Number(url.searchParams.get("continue") ?? 0);
    const limit = url.searchParams.has("limit")
      ? (pageSize ?? Number(url.searchParams.get("limit")))
      : all.length;
    const to = from + limit;
    json(response, 200, {
      metadata: { resourceVersion: String(version), ...(to < all.length && { continue: String(to) }) },
      items: all.slice(from, to),
    });
  };
  const watch = (url: URL, namespace: string | undefined, response: ServerResponse) => {
    const since = Number(url.searchParams.get("resourceVersion"));
    const initial = url.searchParams.get("sendInitialEvents") === "true";
    if (!initial && since < compacted) return json(response, 410, status(410, "Expired"));
    if (initial && !streaming) return json(response, 422, status(422, "Invalid"));
    const watcher = { response, namespace };
    watchers.add(watcher);
    response.on("close", () => watchers.delete(watcher));
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    if (initial) {
      for (const object of objects.values()) if (within(object, namespace)) send(watcher, "ADDED", object);
      bookmark(watcher, { "k8s.io/initial-events-end": "true" });
      return;
    }
    for (const entry of history) {
      if (entry.version > since && within(entry.object, namespace)) send(watcher, entry.type, entry.object);
    }
  };
  const nameOf = (url: URL): string => {
    if (url.searchParams.get("sendInitialEvents")) return "stream";
    if (url.searchParams.get("watch")) return `watch ${url.searchParams.get("resourceVersion")}`;
    return url.searchParams.has("continue") ? "page" : url.searchParams.has("limit") ? "list" : "whole list";
  };

  const double: ApiDouble = {
    intercept: undefined,
    asked,
    server: await loopback((seen, response) => {
      const url = new URL(seen.url, "http://server");
      const name = nameOf(url);
      asked.push(name);
      if (double.intercept?.(name, seen, response)) return;
      const namespace = /\/namespaces\/([^/]+)\//.exec(url.pathname)?.[1];
      if (url.searchParams.has("watch")) watch(url, namespace, response);
      else list(url, namespace, response);
    }),
    get watchers() {
      return watchers.size;
    },
    get version() {
      return version;
    },
    put(key, more = {}) {
      const [namespace, name] = key.split("/");
      version++;
      const uid = objects.get(key)?.metadata.uid ?? `uid-${version}`;
      const metadata = { name, namespace, uid, resourceVersion: String(version), ...more };
      const object: Widget = { apiVersion: "example.org/v1", kind: "Widget", metadata };
      const type = objects.has(key) ? "MODIFIED" : "ADDED";
      objects.set(key, object);
      record(type, object);
      return structuredClone(object);
    },
    remove(key) {
      const object = objects.get(key);
      if (!object) return;
      version++;
      objects.delete(key);
      record("DELETED", { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } });
    },
    mute(on) {
      muted = on;
    },
    bookmark() {
      for (const watcher of watchers) bookmark(watcher);
    },
    say(text) {
      for (const { response } of watchers) response.write(text);
    },
    cut() {
      for (const { response } of watchers) response.socket?.destroy();
    },
    end() {
      for (const { response } of watchers) response.end();
    },
    compact() {
      version++;
      compacted = version;
    },
    async [Symbol.asyncDispose]() {
      await double.server[Symbol.asyncDispose]();
    },
  };
  return double;
}

/** Waits until something is so; `meanwhile` runs between looks, e.g. to move a clock. Gives up before the test does. */
export async function until(isSo: () => boolean, meanwhile?: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + 4_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`Never came true: ${isSo.toString()}`);
    await meanwhile?.();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
