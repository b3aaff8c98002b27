/** Writes into every ConfigMap labelled `example.dev/count=true` how many keys it has. */
import {
  apply,
  cachePart,
  createCache,
  createController,
  createManager,
  enqueue,
  type KubeClient,
  type KubeObject,
  type Logger,
  type Manager,
  type Resource,
} from "../../src/runtime/index.ts";

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}
const configMaps: Resource<ConfigMap> = {
  group: "",
  version: "v1",
  plural: "configmaps",
  kind: "ConfigMap",
  namespaced: true,
};
const annotation = "example.dev/keys";

export function createKeyCounter(client: KubeClient, logger: Logger): Manager {
  const cache = createCache({ client, logger });
  const informer = cache.informer(configMaps, { labelSelector: "example.dev/count=true" });
  const controller = createController({
    name: "key-counter",
    logger,
    async reconcile(key, { signal }) {
      const found = informer.get(key);
      if (found === undefined) return;
      const { name, namespace, uid, annotations = {} } = found.metadata;
      const count = String(Object.keys(found.data ?? {}).length);
      if (annotations[annotation] === count) return;
      const object = { metadata: { name, namespace, uid, annotations: { [annotation]: count } } };
      await apply({
        client,
        resource: configMaps,
        object,
        target: "existing",
        manager: "key-counter",
        signal,
      });
    },
  });
  enqueue(informer, controller.queue);
  return createManager({ logger })
    .add(cachePart(cache))
    .add({ ...controller, group: "leader" });
}
