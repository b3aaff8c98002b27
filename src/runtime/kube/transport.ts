/** One HTTP exchange with the API server over kept-alive sockets. Knows no Kubernetes verbs and never retries. */

import type * as types from "node:http";
import * as https from "node:https";
import { http } from "../http-module.ts";
import type { Connection, TlsMaterial } from "./connection.ts";

/** Time after which TCP begins to probe a silent peer; a dead one is noticed some 10 s later. */
const keepAliveProbeMs = 15_000;
/** Shorter than the API server's own 90 s, so that it is us who close an idle socket, not it just as we write. */
const idleSocketMs = 55_000;

const brand = Symbol.for("fairlead.runtime.TransportError");

/** No answer came: refused, reset, timed out, or not readable. */
export class TransportError extends Error {
  /** Node's error code (`ECONNREFUSED`, `ECONNRESET`, …), or `ETIMEDOUT`, `EBADRESPONSE`, `ETOOLARGE`. */
  readonly code: string;
  /** False if certainly no byte of the request had left: then any request may be sent again. */
  readonly sent: boolean;

  constructor(code: string, message: string, o: { readonly sent: boolean; readonly cause?: unknown }) {
    super(message, o.cause === undefined ? undefined : { cause: o.cause });
    this.name = "TransportError";
    this.code = code;
    this.sent = o.sent;
    Object.defineProperty(this, brand, { value: true });
  }
}

export function isTransportError(error: unknown): error is TransportError {
  return typeof error === "object" && error !== null && brand in error;
}

export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly pool: "requests" | "watches";
  /** Longest silence of the socket until the answer's headers have come, and after that between two chunks. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called when the socket is ready, directly before the first byte is written. What it throws ends the exchange. */
  readonly beforeSend?: (() => void) | undefined;
}

export interface Transport {
  /** Resolves when the answer's headers are there; its body must be consumed or destroyed. */
  send(exchange: Exchange): Promise<types.IncomingMessage>;
  close(): void;
}

interface Agents {
  readonly tls: TlsMaterial;
  readonly requests: types.Agent;
  readonly watches: types.Agent;
}

export function createTransport(connection: Connection, o: { readonly maxSockets: number }): Transport {
  const base = new URL(connection.server);
  const secure = base.protocol === "https:";
  const prefix = base.pathname.replace(/\/+$/, "");
  let agents: Agents | undefined;
  let closed = false;

  const agentsFor = (tls: TlsMaterial): Agents => {
    if (agents?.tls === tls) return agents;
    // New certificates. What is in flight ends on the old sockets, which are closed as they become idle.
    if (agents) retire(agents.requests);
    agents = createAgents(secure, tls, connection.proxyUrl, o.maxSockets);
    return agents;
  };

  return {
    async send(exchange) {
      if (closed) throw new TransportError("ECLOSED", "The client is closed", { sent: false });
      exchange.signal?.throwIfAborted();
      const credentials = await connection.credentials();
      exchange.signal?.throwIfAborted();
      const options: https.RequestOptions = {
        protocol: base.protocol,
        // URL keeps the brackets of an IPv6 address, sockets do not take them.
        hostname: base.hostname.replace(/^\[(.*)\]$/, "$1"),
        port: base.port,
        method: exchange.method,
        path: prefix + exchange.path,
        headers: { ...exchange.headers, ...credentials.headers },
        agent: agentsFor(credentials.tls)[exchange.pool],
      };
      return perform(secure ? https.request(options) : http.request(options), exchange);
    },
    close() {
      closed = true;
      agents?.requests.destroy();
      agents?.watches.destroy();
    },
  };
}

function createAgents(
  secure: boolean,
  tls: TlsMaterial,
  proxyUrl: string | undefined,
  maxSockets: number,
): Agents {
  const proxyEnv = proxyUrl === undefined ? undefined : { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl };
  const shared = { ...tls, ...(proxyEnv && { proxyEnv }), keepAliveMsecs: keepAliveProbeMs };
  const Agent = secure ? https.Agent : http.Agent;
  return {
    tls,
    requests: new Agent({
      ...shared,
      keepAlive: true,
      maxSockets,
      maxFreeSockets: maxSockets,
      scheduling: "lifo",
      timeout: idleSocketMs,
    }),
    // A watch has its socket for itself until it ends; nothing is gained by keeping it.
    watches: new Agent({ ...shared, keepAlive: false }),
  };
}

function retire(agent: types.Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets))
    for (const socket of sockets ?? []) socket.destroy();
}

function perform(request: types.ClientRequest, exchange: Exchange): Promise<types.IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<types.IncomingMessage>();
  let sent = false;
  const fail = (error: unknown): void => {
    reject(error);
    request.destroy();
  };
  const onAbort = (): void => fail(exchange.signal?.reason);
  exchange.signal?.addEventListener("abort", onAbort, { once: true });

  request.setTimeout(exchange.timeoutMs, () =>
    fail(new TransportError("ETIMEDOUT", `no answer within ${exchange.timeoutMs} ms`, { sent })),
  );
  // The body is held back until the socket can take it: waiting for a free one, connecting and the TLS handshake may
  // last long, and the guard must be asked after all of that.
  whenWritable(request, () => {
    try {
      exchange.beforeSend?.();
    } catch (error) {
      fail(error);
      return;
    }
    sent = true;
    request.end(exchange.body);
  });
  request.once("response", (response) => {
    // Silence is normal for a watch; whoever reads it decides how much of it.
    if (exchange.pool === "watches") request.setTimeout(0);
    resolve(response);
  });
  // Stays attached: a socket error after the answer must not become an uncaught exception.
  request.on("error", (cause: NodeJS.ErrnoException) =>
    reject(new TransportError(cause.code ?? "EUNKNOWN", cause.message, { sent, cause })),
  );
  return promise.finally(() => exchange.signal?.removeEventListener("abort", onAbort));
}

function whenWritable(request: types.ClientRequest, write: () => void): void {
  request.once("socket", (socket) => {
    socket.setKeepAlive(true, keepAliveProbeMs);
    const handshaking = "secureConnecting" in socket && socket.secureConnecting === true;
    if (!socket.connecting && !handshaking) write();
    else socket.once("encrypted" in socket ? "secureConnect" : "connect", write);
  });
}
