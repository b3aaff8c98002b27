/** The whole operator with the provider of the appliance and no other. */
import {
  cachePart,
  createCache,
  createEventRecorder,
  createManager,
  createOperator,
  type KubeClient,
  type Logger,
  type Manager,
} from "../../src/index.ts";
import { createApplianceProvider } from "./provider.ts";

export function createApplianceController(client: KubeClient, logger: Logger): Manager {
  const cache = createCache({ client, logger });
  const events = createEventRecorder({ client, component: "appliance-controller", logger });
  const operator = createOperator({ client, cache, events, providers: [createApplianceProvider()], logger });
  return createManager({ logger, events }).add(cachePart(cache)).add(operator);
}
