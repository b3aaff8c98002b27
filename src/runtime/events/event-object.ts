/** The core/v1 Event that stands for something that happened, once or many times. Pure. */
import type { KubeObject, Resource } from "../../api/meta.ts";
import { rfc3339 } from "../patch/conditions.ts";

export type EventType = "Normal" | "Warning";

export interface EventObject extends KubeObject {
  involvedObject: Subject;
  reason: string;
  message: string;
  type: EventType;
  source: { component: string };
  reportingComponent: string;
  reportingInstance: string;
  firstTimestamp: string;
  lastTimestamp: string;
  count: number;
}

/** What the Event is about, as the Event refers to it. */
export interface Subject {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  namespace?: string | undefined;
  name?: string | undefined;
  uid?: string | undefined;
  resourceVersion?: string | undefined;
}

export const eventResource: Resource<EventObject> = {
  group: "",
  version: "v1",
  plural: "events",
  kind: "Event",
  namespaced: true,
};

/** The API server refuses longer ones. */
const longestMessageBytes = 1024;
const longestReason = 128;

export interface Happening {
  readonly subject: Subject;
  readonly type: EventType;
  readonly reason: string;
  readonly message: string;
}

export function happening(
  { apiVersion, kind, metadata }: KubeObject,
  type: EventType,
  reason: string,
  message: string,
): Happening {
  const { namespace, name, uid, resourceVersion } = metadata;
  return {
    subject: { apiVersion, kind, namespace, name, uid, resourceVersion },
    type,
    reason: reason.slice(0, longestReason),
    message: cutToBytes(message.toWellFormed(), longestMessageBytes),
  };
}

/** What is counted up and written. */
export interface Series {
  readonly firstMs: number;
  lastMs: number;
  count: number;
  message: string;
}

/** Events about what has no namespace live in "default": the API server wants it so. */
export function eventNamespace(subject: Subject): string {
  return subject.namespace ?? "default";
}

/**
 * @param unique makes the name one of its own: letters and digits of any Event about this object must differ.
 */
export function eventObject(
  { subject, type, reason }: Happening,
  series: Series,
  o: { readonly component: string; readonly instance: string; readonly unique: string },
): EventObject {
  // 253 is the longest name; a cut must not leave a dot or dash before the dot that follows.
  const stem = (subject.name ?? "unknown").slice(0, 220).replace(/[-.]+$/, "");
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { namespace: eventNamespace(subject), name: `${stem}.${o.unique}` },
    involvedObject: subject,
    reason,
    message: series.message,
    type,
    source: { component: o.component },
    reportingComponent: o.component,
    reportingInstance: o.instance,
    firstTimestamp: rfc3339(series.firstMs),
    lastTimestamp: rfc3339(series.lastMs),
    count: series.count,
  };
}

/** The longest beginning that fits, with an ellipsis if something was cut off; never half a character. */
export function cutToBytes(text: string, mostBytes: number): string {
  if (Buffer.byteLength(text) <= mostBytes) return text;
  const ellipsis = "…";
  const room = Buffer.from(text).subarray(0, mostBytes - Buffer.byteLength(ellipsis));
  // A character cut in two decodes to a replacement character at the end.
  return new TextDecoder().decode(room).replace(/\uFFFD$/, "") + ellipsis;
}
