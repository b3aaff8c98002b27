/** A proxy between one controller and the API server: it records what comes by, and can keep the news of watches to itself. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import type { ControlPlaneAccess } from "../../../src/testing/control-plane/access.ts";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly isWatch: boolean;
  /** As far as it has come. */
  body: string;
}

export interface ApiProxy {
  /** To be used in place of the API server's own address. Plain HTTP, on the loopback interface. */
  readonly server: string;
  /** Requests in the order in which they arrived here. */
  readonly seen: readonly SeenRequest[];
  /** Called when a request arrives, before it is passed on. */
  onRequest: (request: SeenRequest) => void;
  /** From now on nothing comes out of the watches that run; they stay open. Those that begin later work. */
  swallowWatches(): void;
  /** From now on the news of watches (of these paths) are kept back, also of those that begin later; `release` lets all of it go. */
  holdWatches(concerns?: (path: string) => boolean): void;
  release(): void;
  close(): Promise<void>;
}

export async function startApiProxy(controlPlane: ControlPlaneAccess): Promise<ApiProxy> {
  const upstream = new URL(controlPlane.server);
  const agent = new Agent({ keepAlive: true, ca: controlPlane.caPem });
  const seen: SeenRequest[] = [];
  const watches = new Set<Valve>();
  let held: ((path: string) => boolean) | undefined;

  const server = createServer((incoming, outgoing) => {
    const { method = "GET", url: path = "/" } = incoming;
    const isWatch = new URL(path, "http://any").searchParams.get("watch") === "true";
    const about: SeenRequest = { method, path, isWatch, body: "" };
    incoming.on("data", (chunk: Buffer) => {
      about.body += chunk.toString();
    });
    seen.push(about);
    proxy.onRequest(about);
    const passed = request({
      hostname: upstream.hostname,
      port: upstream.port,
      method,
      path,
      headers: incoming.headers,
      agent,
    });
    passed.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      if (isWatch) {
        outgoing.flushHeaders();
        const valve = createValve(path, answer, outgoing);
        if (held?.(path)) valve.hold();
        watches.add(valve);
        outgoing.once("close", () => watches.delete(valve));
      } else answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    outgoing.on("close", () => passed.destroy());
    incoming.pipe(passed);
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  // A test that failed before it came to close it is not to hang.
  server.unref();
  const { port } = server.address() as AddressInfo;

  const proxy: ApiProxy = {
    server: `http://127.0.0.1:${port}`,
    seen,
    onRequest: () => {},
    swallowWatches() {
      for (const watch of watches) watch.swallow();
    },
    holdWatches(concerns = () => true) {
      held = concerns;
      for (const watch of watches) if (concerns(watch.path)) watch.hold();
    },
    release() {
      held = undefined;
      for (const watch of watches) watch.release();
    },
    async close() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
      agent.destroy();
    },
  };
  return proxy;
}

/** What stands between the two halves of one watch. */
interface Valve {
  readonly path: string;
  swallow(): void;
  hold(): void;
  release(): void;
}

function createValve(path: string, from: IncomingMessage, to: ServerResponse): Valve {
  let state: "open" | "holding" | "swallowing" = "open";
  let kept: Buffer[] = [];
  let isOver = false;
  from.on("data", (chunk: Buffer) => {
    if (state === "open") to.write(chunk);
    else if (state === "holding") kept.push(chunk);
  });
  const over = () => {
    isOver = true;
    if (state === "open") to.end();
  };
  from.on("end", over);
  from.on("error", over);
  return {
    path,
    swallow() {
      state = "swallowing";
    },
    hold() {
      if (state === "open") state = "holding";
    },
    release() {
      if (state !== "holding") return;
      state = "open";
      for (const chunk of kept) to.write(chunk);
      kept = [];
      if (isOver) to.end();
    },
  };
}
