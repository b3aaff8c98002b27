/** The API server as far as the load-balancer controller writes to it: objects in memory, and merge patches. */

import type { LoadBalancer } from "../../api/load-balancer.ts";
import { apiVersionOf, type KubeObject, type Resource } from "../../api/meta.ts";
import type { ObjectStore } from "../../controllers/offline/object-store.ts";
import { ApiError } from "../../runtime/kube/api-error.ts";
import type { KubeClient, ObjectRef } from "../../runtime/kube/client.ts";

/** `guard` is called before every write. Only LoadBalancers are written. An object without finalizers that is going is gone. */
export function memoryClient(store: ObjectStore, guard: () => void): KubeClient {
  const refused = (what: string) => async (): Promise<never> => {
    throw new TypeError(`There is no ${what} in the memory of the conformance suite`);
  };
  const find = (resource: Resource<KubeObject>, { namespace, name }: ObjectRef): LoadBalancer => {
    const found =
      resource.kind === "LoadBalancer"
        ? store.informers.loadBalancers.get(`${namespace}/${name}`)
        : undefined;
    if (found !== undefined) return found;
    const attempted = `read ${resource.plural} ${name} (${apiVersionOf(resource)})`;
    throw new ApiError(attempted, { status: 404, reason: "NotFound" });
  };
  const client: KubeClient = {
    server: "memory",
    // Whoever asks for a kind gets that kind: only one is kept here.
    get: async (resource, ref) => find(resource, ref) as unknown as never,
    async patch(resource, ref, body) {
      guard();
      const before = find(resource, ref);
      const { metadata, ...rest } = body as { metadata?: { resourceVersion?: string; uid?: string } };
      if (metadata?.uid !== undefined && metadata.uid !== before.metadata.uid)
        throw new ApiError(`patch ${ref.name}`, { status: 409, reason: "Conflict" });
      const { resourceVersion: _version, ...meta } = metadata ?? {};
      const after = merged(before, { ...rest, metadata: meta }) as LoadBalancer;
      const { deletionTimestamp, finalizers = [] } = after.metadata;
      if (deletionTimestamp !== undefined && finalizers.length === 0) {
        store.remove(after);
        return after as unknown as never;
      }
      store.put(after);
      return find(resource, ref) as unknown as never;
    },
    list: refused("list"),
    create: refused("create"),
    replace: refused("replace"),
    delete: refused("delete"),
    watch: () => {
      throw new TypeError("There is no watch in the memory of the conformance suite");
    },
    request: refused("request"),
    guarded: () => client,
    close() {},
  };
  return client;
}

/** RFC 7386. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(isRecord(target) ? target : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
