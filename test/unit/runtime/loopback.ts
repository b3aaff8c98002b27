/** A scripted HTTP server on a loopback port, and a client that talks to it. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { KubeObject, Resource } from "../../../src/api/meta.ts";
import type { Clock } from "../../../src/runtime/clock.ts";
import {
  createKubeClient,
  type KubeClient,
  type KubeClientOptions,
} from "../../../src/runtime/kube/client.ts";
import type { Connection } from "../../../src/runtime/kube/connection.ts";

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Answer = (seen: Seen, response: ServerResponse) => void;

export interface Loopback extends AsyncDisposable {
  readonly connection: Connection;
  readonly seen: Seen[];
  /** Connections accepted so far. */
  readonly connections: number;
  client(o?: KubeClientOptions): KubeClient;
}

/** `answer` is called when a request has arrived whole. */
export async function loopback(answer: Answer): Promise<Loopback> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  const clients: KubeClient[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const one = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
    seen.push(one);
    answer(one, response);
  });
  server.on("connection", (socket) => {
    connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const tls = {};
  const connection: Connection = {
    server: `http://127.0.0.1:${port}`,
    credentials: async () => ({ headers: { authorization: "Bearer very-secret" }, tls }),
  };
  return {
    connection,
    seen,
    get connections() {
      return connections;
    },
    client(o = {}) {
      const client = createKubeClient(connection, o);
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface Widget extends KubeObject {
  spec?: unknown;
  [other: string]: unknown;
}

export const widgets: Resource<Widget> = {
  group: "example.org",
  version: "v1",
  plural: "widgets",
  kind: "Widget",
  namespaced: true,
};

export const gadgets: Resource<Widget> = {
  group: "",
  version: "v1",
  plural: "gadgets",
  kind: "Gadget",
  namespaced: false,
};

export function json(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

export function status(code: number, reason: string, more: object = {}) {
  return {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    code,
    reason,
    message: `it is ${reason}`,
    ...more,
  };
}

/** A clock on which every wait is over at once, and which remembers how long it should have been. */
export function hurriedClock(): Clock & { readonly waits: number[] } {
  const waits: number[] = [];
  return {
    waits,
    now: () => Date.now(),
    monotonic: () => performance.now(),
    setTimeout(run, ms) {
      waits.push(ms);
      const immediate = setImmediate(run);
      return { clear: () => clearImmediate(immediate) };
    },
  };
}
