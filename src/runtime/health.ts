/** Answers `/healthz`, `/readyz` and `/metrics` over plain HTTP, to whoever can reach the port. */

import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { messageOf } from "./errors.ts";
import { http } from "./http-module.ts";
import { type Logger, silentLogger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";

/** True when well, else why not. A check that throws has failed. It must answer at once: it asks memory, not the network. */
export type HealthCheck = () => boolean | string;

export interface Listen {
  /** Default: all addresses, IPv4 and IPv6. */
  readonly host?: string | undefined;
  /** 0 takes any free port. */
  readonly port: number;
  /** The setting by which another is chosen, for the error where this one can't be had. */
  readonly setting?: string | undefined;
}

export interface HealthServerOptions {
  /** Where `/healthz` and `/readyz` are, and `/metrics` unless it has its own place. */
  readonly listen: Listen;
  /** A place of its own for `/metrics`. */
  readonly metricsListen?: Listen | undefined;
  readonly metrics?: Pick<Metrics, "render" | "contentType"> | undefined;
  readonly logger?: Logger | undefined;
}

/**
 * `/healthz` and `/readyz` answer 200 when all of their checks pass, else 500 with the failed ones by name.
 * `?verbose` lists all; `/healthz/<name>` asks one. What failed is also said in the log, once per change.
 */
export interface HealthServer {
  /** Fails when the process should be restarted. */
  addHealthCheck(name: string, check: HealthCheck): void;
  /** Fails while the process can't do its work. */
  addReadyCheck(name: string, check: HealthCheck): void;
  /** Serves until the signal aborts. Rejects when a port can't be had, with an error that names it and has the system's `code`. */
  run(signal: AbortSignal): Promise<void>;
  /** The ports, once `run` listens. Rejects as `run` does. */
  listening(): Promise<{ readonly port: number; readonly metricsPort: number }>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}
type Routes = (path: string, verbose: boolean) => Promise<Answer | undefined>;

export function createHealthServer(o: HealthServerOptions): HealthServer {
  const { listen, metricsListen, metrics, logger = silentLogger } = o;
  const checks = { healthz: new Map<string, HealthCheck>(), readyz: new Map<string, HealthCheck>() };
  const said = new Map<string, string>();
  const bound = Promise.withResolvers<{ port: number; metricsPort: number }>();
  // Nobody has to ask for the ports.
  bound.promise.catch(() => {});

  const probe: Routes = async (path, verbose) => {
    const [, kind = "", name, ...rest] = path.split("/");
    if ((kind !== "healthz" && kind !== "readyz") || rest.length > 0) return undefined;
    const known = checks[kind];
    if (name !== undefined && !known.has(name)) return undefined;
    const asked = name === undefined ? [...known] : [...known].filter(([one]) => one === name);
    const results = asked.map(([one, check]) => ({ name: one, failure: failureOf(check) }));
    const failed = results.filter(({ failure }) => failure !== undefined);
    const outcome = failed.map((one) => `${one.name}: ${one.failure}`).join("; ");
    if (name === undefined && (said.get(kind) ?? "") !== outcome) {
      said.set(kind, outcome);
      if (outcome === "") logger.info("Checks pass", { endpoint: kind });
      else logger.warn("Checks fail", { endpoint: kind, failed: outcome });
    }
    const shown = verbose || failed.length > 0 ? results.map(line).join("") : "";
    return {
      status: failed.length > 0 ? 500 : 200,
      body: `${shown}${failed.length > 0 ? "failed" : "ok"}\n`,
    };
  };
  const exposition: Routes = async (path) => {
    if (path !== "/metrics" || metrics === undefined) return undefined;
    return { status: 200, body: await metrics.render(), contentType: metrics.contentType };
  };
  const both: Routes = async (path, verbose) =>
    (await probe(path, verbose)) ?? (await exposition(path, verbose));

  return {
    addHealthCheck: (name, check) => void checks.healthz.set(name, check),
    addReadyCheck: (name, check) => void checks.readyz.set(name, check),
    listening: () => bound.promise,
    async run(signal) {
      const places = metricsListen
        ? [
            { server: serve(probe), at: listen },
            { server: serve(exposition), at: metricsListen },
          ]
        : [{ server: serve(both), at: listen }];
      try {
        for (const { server, at } of places) await open(server, at, signal);
        const ports = places.map(({ server }) => (server.address() as AddressInfo).port);
        const port = ports[0] ?? 0;
        bound.resolve({ port, metricsPort: ports[1] ?? port });
        logger.info("Serving health and metrics", { ports });
        if (!signal.aborted) await once(signal, "abort");
      } catch (error) {
        bound.reject(error);
        if (!signal.aborted) throw error;
      } finally {
        for (const { server } of places) {
          server.close();
          server.closeAllConnections();
        }
      }
    },
  };
}

function failureOf(check: HealthCheck): string | undefined {
  try {
    const result = check();
    if (result === true) return undefined;
    return result === false ? "failed" : result;
  } catch (error) {
    return messageOf(error);
  }
}

function line({ name, failure }: { name: string; failure: string | undefined }): string {
  return failure === undefined ? `[+]${name} ok\n` : `[-]${name} failed: ${failure}\n`;
}

/** Small on purpose: a probe is a short request, and nobody else has business here. */
function serve(routes: Routes): Server {
  const server = http.createServer(
    { maxHeaderSize: 8192, headersTimeout: 5000, requestTimeout: 10_000, keepAliveTimeout: 5000 },
    (request, response) => {
      answer(routes, request)
        .catch((error: unknown): Answer => ({ status: 500, body: `${messageOf(error)}\n` }))
        .then(
          (ready) => send(request, response, ready),
          () => response.destroy(),
        );
    },
  );
  server.maxConnections = 100;
  // A malformed request gets its 400 from Node; a broken connection concerns nobody.
  server.on("clientError", (_, socket) => socket.destroy());
  return server;
}

async function answer(routes: Routes, request: IncomingMessage): Promise<Answer> {
  if (request.method !== "GET" && request.method !== "HEAD") return { status: 405, body: "only GET\n" };
  const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
  return (
    (await routes(path, new URLSearchParams(query).has("verbose"))) ?? { status: 404, body: "not found\n" }
  );
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body, contentType }: Answer,
): void {
  response.writeHead(status, {
    "content-type": contentType ?? "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

async function open(server: Server, at: Listen, signal: AbortSignal): Promise<void> {
  const { host, port } = at;
  server.listen({ port, host });
  try {
    await once(server, "listening", { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const refusal = error as NodeJS.ErrnoException;
    throw Object.assign(new Error(cannotListen(at, refusal), { cause: error }), { code: refusal.code });
  }
  // From here on errors concern single connections.
  server.on("error", () => {});
}

function cannotListen({ host, port, setting }: Listen, { code, message }: NodeJS.ErrnoException): string {
  const where = host === undefined ? `port ${port}` : `port ${port} of ${host}`;
  const isTaken = code === "EADDRINUSE";
  const why = isTaken ? "it is in use" : message;
  const others = isTaken ? "end the program that has it, or choose another place" : "choose another place";
  const by = setting === undefined ? "" : ` with ${setting}`;
  return `Cannot serve health and metrics on TCP ${where}: ${why}; ${others}${by}`;
}
