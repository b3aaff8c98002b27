/** Sends one call until it succeeds or must not be tried again. Knows HTTP and retries, not what the objects mean. */

import type { IncomingMessage } from "node:http";
import { type Clock, sleep, systemClock } from "../clock.ts";
import { type ApiError, apiErrorFrom, isApiError } from "./api-error.ts";
import { readText } from "./body.ts";
import type { KubeClientOptions } from "./client.ts";
import type { Connection } from "./connection.ts";
import { type QueryValue, queryString } from "./paths.ts";
import { defaultRetryPolicy, type Repetition, retryDelay } from "./retry.ts";
import { createTransport, isTransportError, type Transport, TransportError } from "./transport.ts";

/** What a request was about, and how it ended. */
export interface RequestInfo {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `apply`, `delete`; the method for raw requests. */
  readonly verb: string;
  readonly method: string;
  /** `host:port` of the server. */
  readonly host: string;
  /** Path and query as sent. */
  readonly path: string;
  /** Plural name of the kind; the path for raw requests. */
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly contentType?: string | undefined;
  /** JSON that was sent. */
  readonly body?: string | undefined;
  /** Status of the last answer; undefined if the last try brought none. */
  readonly status?: number | undefined;
  /** Why there is no status: the transport error's code, `aborted`, or `refused` (by a guard). */
  readonly failure?: string | undefined;
  /** From the call to the end of the answer (for watches: its beginning), waits included. */
  readonly durationMs: number;
  readonly retries: number;
}

/** What a call is about, for messages. */
export interface Target {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

export interface Call {
  readonly verb: string;
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>> | undefined;
  readonly target: Target;
  readonly body?: unknown;
  readonly contentType?: string | undefined;
  readonly accept?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Default: by method. */
  readonly repetition?: Repetition | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly maxRetries?: number | undefined;
}

export interface Sender {
  readonly maxLineBytes: number;
  /** The parsed answer; text if it is not JSON. */
  json<T>(call: Call): Promise<T>;
  /** The answer with its body unread, over a connection of its own. Never retries. */
  stream(call: Call): Promise<IncomingMessage>;
  guarded(guard: () => void): Sender;
  close(): void;
}

const watchBeginMs = 60_000;

export function createSender(connection: Connection, o: KubeClientOptions): Sender {
  const transport = createTransport(connection, { maxSockets: o.maxSockets ?? 50 });
  const host = new URL(connection.server).host;
  return senderOn({ connection, transport, host, clock: o.clock ?? systemClock, o }, () => {});
}

interface Means {
  readonly connection: Connection;
  readonly transport: Transport;
  readonly host: string;
  readonly clock: Clock;
  readonly o: KubeClientOptions;
}

function senderOn(means: Means, guard: () => void): Sender {
  return {
    maxLineBytes: means.o.maxLineBytes ?? 64 * 2 ** 20,
    async json<T>(call: Call): Promise<T> {
      const maxBytes = means.o.maxResponseBytes ?? 256 * 2 ** 20;
      return run(means, guard, call, async (response) => {
        const text = await readText(response, { maxBytes, signal: call.signal });
        return parse(text, response) as T;
      });
    },
    stream: (call) => run(means, guard, { ...call, maxRetries: 0 }, async (response) => response, "watches"),
    guarded: (more) =>
      senderOn(means, () => {
        guard();
        more();
      }),
    close: () => means.transport.close(),
  };
}

/** How a call has gone so far. */
interface Course {
  readonly path: string;
  readonly body: string | undefined;
  retries: number;
  status: number | undefined;
  failure: string | undefined;
  /** What a guard threw. */
  refusal: { readonly thrown: unknown } | undefined;
  /** The credentials were read again after a 401. */
  refreshed: boolean;
}

type Read<T> = (response: IncomingMessage) => Promise<T>;
type Pool = "requests" | "watches";

async function run<T>(
  means: Means,
  guard: () => void,
  call: Call,
  read: Read<T>,
  pool: Pool = "requests",
): Promise<T> {
  const { clock } = means;
  const begun = clock.monotonic();
  const course: Course = {
    path: call.path + queryString(call.query ?? {}),
    body: call.body === undefined ? undefined : JSON.stringify(call.body),
    retries: 0,
    status: undefined,
    failure: undefined,
    refusal: undefined,
    refreshed: false,
  };
  try {
    for (;;) {
      try {
        return await once(means, guard, call, course, read, pool);
      } catch (error) {
        await sleep(await waitBefore(means, call, course, error), { signal: call.signal, clock });
        course.retries++;
      }
    }
  } finally {
    means.o.onRequest?.(infoOf(means, call, course, clock.monotonic() - begun));
  }
}

/** One try. */
async function once<T>(
  means: Means,
  guard: () => void,
  call: Call,
  course: Course,
  read: Read<T>,
  pool: Pool,
): Promise<T> {
  const { o } = means;
  const response = await means.transport.send({
    method: call.method,
    path: course.path,
    headers: headersFor(call, course.body, o.userAgent ?? "fairlead"),
    body: course.body,
    pool,
    timeoutMs: call.timeoutMs ?? (pool === "watches" ? watchBeginMs : (o.timeoutMs ?? 30_000)),
    signal: call.signal,
    beforeSend() {
      try {
        guard();
      } catch (thrown) {
        course.refusal = { thrown };
        throw thrown;
      }
    },
  });
  const status = response.statusCode ?? 0;
  course.status = status;
  course.failure = undefined;
  if (status >= 200 && status < 300) return await read(response);
  throw await refused(call, response, means.clock.now());
}

/** Milliseconds until the next try; throws what the caller gets if there is none. */
async function waitBefore(means: Means, call: Call, course: Course, error: unknown): Promise<number> {
  if (course.refusal || call.signal?.aborted) {
    course.status = undefined;
    course.failure = course.refusal ? "refused" : "aborted";
    throw error;
  }
  if (isTransportError(error)) {
    course.status = undefined;
    course.failure = error.code;
  }
  if (isApiError(error) && error.status === 401 && !course.refreshed) {
    // The token may have been renewed on disk since it was read.
    course.refreshed = true;
    await means.connection.credentials({ refresh: true });
    return 0;
  }
  const repetition = call.repetition ?? (/^(GET|HEAD|DELETE)$/.test(call.method) ? "harmless" : "doubled");
  const { maxRetries = defaultRetryPolicy.maxRetries } = call;
  const policy = { ...defaultRetryPolicy, maxRetries };
  const wait = retryDelay(error, course.retries, repetition, policy, means.o.random ?? Math.random);
  if (wait === undefined) throw named(call, error);
  return wait;
}

function infoOf(means: Means, call: Call, course: Course, durationMs: number): RequestInfo {
  const { path, body, status, failure, retries } = course;
  return {
    verb: call.verb,
    method: call.method,
    host: means.host,
    path,
    resource: call.target.kind,
    subresource: call.target.subresource,
    contentType: body === undefined ? undefined : (call.contentType ?? "application/json"),
    body,
    status,
    failure,
    durationMs,
    retries,
  };
}

function headersFor(call: Call, body: string | undefined, userAgent: string): Record<string, string> {
  return {
    accept: call.accept ?? "application/json",
    "user-agent": userAgent,
    ...(body !== undefined && {
      "content-type": call.contentType ?? "application/json",
      "content-length": String(Buffer.byteLength(body)),
    }),
    ...call.headers,
  };
}

/** Error pages are cut: nobody needs megabytes of them. */
const maxErrorBytes = 1 * 2 ** 20;

async function refused(call: Call, response: IncomingMessage, now: number): Promise<ApiError> {
  const body = await readText(response, { maxBytes: maxErrorBytes, signal: call.signal }).catch((error) => {
    if (isTransportError(error)) return "";
    throw error;
  });
  const retryAfter = response.headers["retry-after"];
  return apiErrorFrom(attempted(call), { status: response.statusCode ?? 0, retryAfter, body }, now);
}

function parse(text: string, response: IncomingMessage): unknown {
  if (!/json/.test(response.headers["content-type"] ?? "")) return text;
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which may be a Secret.
    throw new TransportError("EBADRESPONSE", "the answer is not valid JSON", { sent: true });
  }
}

/** `patch services default/web (status)` */
export function attempted(call: Pick<Call, "verb" | "target">): string {
  const { kind, namespace, name, subresource } = call.target;
  const where =
    name === undefined
      ? namespace
        ? ` in ${namespace}`
        : ""
      : ` ${namespace ? `${namespace}/` : ""}${name}`;
  return `${call.verb} ${kind}${where}${subresource ? ` (${subresource})` : ""}`;
}

/** Transport errors learn here what was tried. */
function named(call: Call, error: unknown): unknown {
  if (!isTransportError(error)) return error;
  return new TransportError(error.code, `Cannot ${attempted(call)}: ${error.message}`, {
    sent: error.sent,
    cause: error.cause,
  });
}
