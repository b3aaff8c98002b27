/** A request that is given up when its answer takes too long, and is not repeated: who calls it has a rhythm of its own. */
import type { Clock } from "../runtime/clock.ts";

const answerMs = 2_500;

/** What a client's methods take. */
export interface OneTry {
  readonly signal: AbortSignal;
  readonly maxRetries: 0;
}

/** @throws what `send` throws; an Error when there was no answer within 2.5 s; the signal's reason */
export async function answerInTime<T>(
  send: (one: OneTry) => Promise<T>,
  { signal, clock }: { readonly signal?: AbortSignal | undefined; readonly clock: Clock },
): Promise<T> {
  const limit = new AbortController();
  const late = new Error(`The API server did not answer within ${answerMs} ms`);
  const timer = clock.setTimeout(() => limit.abort(late), answerMs);
  const either = signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]);
  try {
    return await send({ signal: either, maxRetries: 0 });
  } finally {
    timer.clear();
  }
}
