/** Runs the example against the cluster of `KUBECONFIG`, else of the usual places, until Ctrl-C. */
import { createKubeClient, createLogger, loadConnection } from "../../src/runtime/index.ts";
import { createKeyCounter } from "./key-counter.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());

const client = createKubeClient(await loadConnection({ kubeconfig: process.env.KUBECONFIG }));
const logger = await createLogger({ level: "debug", format: "text" });
await createKeyCounter(client, logger).run(stop.signal);
client.close();
