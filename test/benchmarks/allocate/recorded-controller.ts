/** A controller that notes every write it makes: `node recorded-controller.ts KUBECONFIG FILE`, ended by SIGTERM. */
import { writeFile } from "node:fs/promises";
import { createOperator } from "../../../src/controllers/operator.ts";
import { createBareMetal } from "../../../src/providers/bare-metal/index.ts";
import { createCache } from "../../../src/runtime/cache/cache.ts";
import { createEventRecorder } from "../../../src/runtime/events/recorder.ts";
import { createKubeClient } from "../../../src/runtime/kube/client.ts";
import { loadConnection } from "../../../src/runtime/kube/connection.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { cachePart } from "../../../src/runtime/manager/cache-part.ts";
import { createManager } from "../../../src/runtime/manager.ts";
import type { RecordedRequest } from "./recording.ts";

const [kubeconfig = "", file = ""] = process.argv.slice(2);
const started = performance.now();
const requests: RecordedRequest[] = [];
const client = createKubeClient(await loadConnection({ kubeconfig }), {
  onRequest({ method, path, contentType, body, durationMs, status }) {
    if (method === "GET" || status === undefined || status >= 300) return;
    const endedMs = performance.now() - started;
    requests.push({ method, path, contentType, body, startedMs: endedMs - durationMs, endedMs });
  },
});
const logger = silentLogger;
const cache = createCache({ client, logger });
const events = createEventRecorder({ client, component: "fairlead-controller" });
const operator = createOperator({ client, cache, events, providers: [createBareMetal()], logger });
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort(new Error("SIGTERM")));
await createManager({ events }).add(cachePart(cache)).add(operator).run(stop.signal);
client.close();
await writeFile(file, requests.map((request) => JSON.stringify(request)).join("\n"));
