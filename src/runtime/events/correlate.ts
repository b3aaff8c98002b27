/** Decides which Event a happening belongs to, or that there were too many. Knows no API server. */
import { hash } from "node:crypto";
import { cutToBytes, type Happening } from "./event-object.ts";
import { LruMap } from "./lru-map.ts";

/**
 * - Equal happenings (object, type, reason, message) are one Event that counts up.
 * - From the tenth different message about one object, type and reason on, without a quiet spell of ten minutes, all
 *   go into one Event whose message is the latest, marked as combined.
 * - One object may cause 25 happenings of a type in a burst, and one more each five minutes; the rest is dropped.
 */
export type Correlation =
  | { readonly as: "event"; readonly key: string; readonly message: string }
  | { readonly as: "spam" };

const combinedFrom = 10;
const quietMs = 600_000;
const burst = 25;
const refillMs = 300_000;
const remembered = 4096;
const combinedPrefix = "(combined from similar events): ";

interface Group {
  /** Digests: thousands of groups with messages of a kilobyte would add up. */
  messages: Set<string>;
  lastMs: number;
}
interface Bucket {
  tokens: number;
  filledMs: number;
}

/** @returns a function of the happening and the monotonic time, ms. */
export function createCorrelator(): (happening: Happening, nowMs: number) => Correlation {
  const groups = new LruMap<string, Group>(remembered);
  const buckets = new LruMap<string, Bucket>(remembered);

  const mayPass = (key: string, nowMs: number): boolean => {
    const bucket = buckets.get(key) ?? { tokens: burst, filledMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + (nowMs - bucket.filledMs) / refillMs);
    bucket.filledMs = nowMs;
    buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  };
  const isCombined = (key: string, message: string, nowMs: number): boolean => {
    const known = groups.get(key);
    const group =
      known === undefined || nowMs - known.lastMs > quietMs
        ? { messages: new Set<string>(), lastMs: nowMs }
        : known;
    group.lastMs = nowMs;
    // What has its own Event goes on counting there.
    const isKnown = group.messages.has(message);
    if (!isKnown && group.messages.size < combinedFrom - 1) group.messages.add(message);
    groups.set(key, group);
    return !group.messages.has(message);
  };

  return ({ subject, type, reason, message }, nowMs) => {
    const { kind, namespace = "", name = "", uid = "" } = subject;
    const about = JSON.stringify([kind, namespace, name, uid, type]);
    if (!mayPass(about, nowMs)) return { as: "spam" };
    const similar = JSON.stringify([about, reason]);
    const digest = hash("sha1", message, "base64url");
    return isCombined(similar, digest, nowMs)
      ? { as: "event", key: similar, message: cutToBytes(combinedPrefix + message, 1024) }
      : { as: "event", key: `${similar} ${digest}`, message };
  };
}
