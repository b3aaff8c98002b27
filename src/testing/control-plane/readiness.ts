/** Waits until a server that was just started answers, with a time limit on every request and on the whole. */
import { get as getPlain } from "node:http";
import { get as getSecure } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import type { SupervisedServer } from "./supervised.ts";

/** Where to ask and what counts as an answer. */
export interface Probe {
  readonly url: string;
  readonly headers?: Record<string, string>;
  /** Read anew for each request, since the server may write its certificate only after the start. */
  readonly ca?: () => string | undefined;
  /** Default: status 200. */
  readonly accept?: (status: number, body: string) => boolean;
}

const requestTimeoutMs = 2_000;
const pauseMs = 50;

/**
 * Resolves once the probe is answered.
 * @throws with the end of the server's log when the server ends first or the deadline passes; the signal's reason when aborted
 */
export async function untilReady(
  server: SupervisedServer,
  probe: Probe,
  o: { deadlineMs: number; signal?: AbortSignal | undefined },
): Promise<void> {
  const deadline = AbortSignal.timeout(o.deadlineMs);
  const signal = o.signal === undefined ? deadline : AbortSignal.any([deadline, o.signal]);
  let ended: string | undefined;
  void server.exited.then((how) => {
    ended = how;
  });
  let last = "nothing was tried";
  while (ended === undefined && !signal.aborted) {
    const result = await ask(probe, signal);
    if (result.ok) return;
    last = result.why;
    await delay(pauseMs, undefined, { signal }).catch(() => {});
  }
  o.signal?.throwIfAborted();
  const what = ended ?? `did not answer ${probe.url} within ${o.deadlineMs} ms (last: ${last})`;
  throw new Error(`Cannot start ${server.name}: it ${what}. End of its log:\n${await server.log()}`);
}

type Answer = { ok: true } | { ok: false; why: string };

function ask(probe: Probe, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const refuse = (error: Error) => resolve({ ok: false, why: error.message });
    const get = probe.url.startsWith("https:") ? getSecure : getPlain;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]);
    const options = { headers: probe.headers ?? {}, ca: probe.ca?.(), agent: false, signal: limit };
    const request = get(probe.url, options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("error", refuse);
      response.on("end", () => {
        const status = response.statusCode ?? 0;
        const accepted = probe.accept?.(status, body) ?? status === 200;
        resolve(accepted ? { ok: true } : { ok: false, why: `status ${status}: ${body.slice(0, 200)}` });
      });
    });
    request.on("error", refuse);
  });
}
