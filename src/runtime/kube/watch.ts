/** One watch: the server's NDJSON stream as typed events. Knows nothing of caches or reconnecting. */

import { apiVersionOf, type KubeObject, type Resource } from "../../api/meta.ts";
import { apiErrorFromStatus } from "./api-error.ts";
import { readLines } from "./body.ts";
import { collectionPath } from "./paths.ts";
import type { WatchEvent, WatchOptions } from "./requests.ts";
import { acceptFor, selectionQuery } from "./selection.ts";
import { attempted, type Sender } from "./sender.ts";
import { TransportError } from "./transport.ts";

/** Leaving the loop early closes the connection. */
export async function* watchEvents<T extends KubeObject>(
  sender: Sender,
  resource: Resource<T>,
  o: WatchOptions,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const call = {
    verb: "watch",
    method: "GET",
    path: collectionPath(resource, resource.namespaced ? o.namespace : undefined),
    query: {
      watch: true,
      ...selectionQuery(o),
      allowWatchBookmarks: o.allowWatchBookmarks ?? true,
      sendInitialEvents: o.sendInitialEvents,
      timeoutSeconds: o.timeoutSeconds,
    },
    target: { kind: resource.plural, namespace: o.namespace },
    accept: acceptFor("PartialObjectMetadata", o.metadataOnly),
    signal: o.signal,
  };
  const response = await sender.stream(call);
  const apiVersion = apiVersionOf(resource);
  for await (const line of readLines(response, { maxBytes: sender.maxLineBytes, signal: o.signal })) {
    const event = parseEvent(line, attempted(call));
    if (event.type === "ERROR") throw apiErrorFromStatus(attempted(call), event.object);
    if (o.metadataOnly) {
      event.object.kind = resource.kind;
      event.object.apiVersion = apiVersion;
    }
    yield event as WatchEvent<T>;
  }
}

interface RawEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject;
}

const eventTypes = new Set<unknown>(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]);

function parseEvent(line: string, what: string): RawEvent {
  let event: RawEvent;
  try {
    event = JSON.parse(line) as RawEvent;
  } catch {
    throw badEvent(what);
  }
  // ERROR carries a Status, every other event an object with metadata.
  const sound = eventTypes.has(event?.type) && (event.type === "ERROR" || event.object?.metadata);
  if (!sound) throw badEvent(what);
  return event;
}

function badEvent(what: string): TransportError {
  return new TransportError("EBADRESPONSE", `Cannot ${what}: the server sent a line that is no watch event`, {
    sent: true,
  });
}
