/** What a reflector does after a failed list or watch. Pure: from what went wrong to what comes next. */

import { isApiError, isGone } from "../kube/api-error.ts";
import { isTransportError } from "../kube/transport.ts";

export type Next = "list" | "watch";

export interface Failure {
  readonly error: unknown;
  readonly during: Next;
  /** The list was to come as a stream. */
  readonly streaming: boolean;
  /** Failures before this one since the server last told us something. */
  readonly fruitless: number;
  readonly sinceListMs: number;
}

export type Wait = "unreachable" | "refused";

export interface Decision {
  readonly next: Next;
  /** The server can't stream lists: ask for pages from now on. */
  readonly stopStreaming: boolean;
  /** Each kind of wait grows with the failures of its own kind only. */
  readonly wait: "none" | Wait;
  /** What the server asked for; of more than two minutes, two minutes. */
  readonly atLeastMs: number;
}

/**
 * The longest wait of each kind, before jitter. A server that refuses is there and has trouble. Where nobody answers,
 * knocking costs little, and being late after a restart costs much: so a server that is back, and still says for a
 * second that it is not ready, is not made to pay for the time when it was away.
 */
export const longestWaitMs: Readonly<Record<Wait, number>> = { unreachable: 5_000, refused: 30_000 };

/** A page "back in an hour" of a proxy before the server must not leave a cache blind for that hour. */
const longestAskedMs = 120_000;

/** Resuming is given up for a list after so many failures in a row. */
const mostResumptions = 3;
/** A server whose watch cache has just forgotten what it listed is not asked again at once. */
const shortestListIntervalMs = 30_000;

/**
 * | what | next | wait |
 * |---|---|---|
 * | server not reachable | the same again | backoff up to 5 s |
 * | streamed list refused as a request (400, 422), or it stalls | paged list, for good | none |
 * | 410 in a watch, over HTTP or as event | list | none, unless the last list is younger than 30 s |
 * | 429, 5xx, 401, 403, broken stream, silence in a watch | watch from where we were; after 3 in a row list | backoff |
 * | any other refusal of a watch | list | backoff |
 * | any other failure of a list | list | backoff |
 */
export function afterFailure({ error, during, streaming, fruitless, sinceListMs }: Failure): Decision {
  const again: Decision = {
    next: during,
    stopStreaming: false,
    wait: "refused",
    atLeastMs: isApiError(error) ? Math.min(error.retryAfterMs ?? 0, longestAskedMs) : 0,
  };
  if (isTransportError(error) && !error.sent) return { ...again, wait: "unreachable" };
  if (during === "list") {
    return streaming && refusesStreaming(error) ? { ...again, stopStreaming: true, wait: "none" } : again;
  }
  if (isGone(error)) {
    return { ...again, next: "list", wait: sinceListMs < shortestListIntervalMs ? "refused" : "none" };
  }
  return mayResume(error) && fruitless < mostResumptions ? again : { ...again, next: "list" };
}

function refusesStreaming(error: unknown): boolean {
  if (isApiError(error)) return error.status === 400 || error.status === 422;
  return isTransportError(error) && error.code === "EINITIALQUIET";
}

function mayResume(error: unknown): boolean {
  if (!isApiError(error)) return true;
  return error.status >= 500 || [401, 403, 429].includes(error.status);
}
