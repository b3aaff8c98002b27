/** Runs the appliance and its controller against the cluster of `KUBECONFIG`, else of the usual places, until Ctrl-C. */
import { createKubeClient, createLogger, loadConnection } from "../../src/index.ts";
import { startAppliance } from "./appliance.ts";
import { createApplianceController } from "./controller.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());

const appliance = await startAppliance({ port: 8099 });
const client = createKubeClient(await loadConnection({ kubeconfig: process.env.KUBECONFIG }));
const logger = await createLogger({ level: "debug", format: "text" });
logger.info("The appliance is there", { url: appliance.url });
await createApplianceController(client, logger).run(stop.signal);
client.close();
await appliance.stop();
