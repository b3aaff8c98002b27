/** Reads single pods and writes conditions into their status, some at a time. No pod is listed or watched. */
import PQueue from "p-queue";
import { type Pod, type PodCondition, pods } from "../../api/kubernetes.ts";
import { fieldManagers } from "../../api/names.ts";
import { isConflict, isNotFound } from "../../runtime/kube/api-error.ts";
import type { KubeClient } from "../../runtime/kube/client.ts";
import type { TrackedPod } from "./gate-book.ts";

type PodRef = Pick<TrackedPod, "uid" | "namespace" | "name">;

export interface PodAccess {
  /** Undefined: it is gone, and another may have its name. */
  read(pod: PodRef, signal: AbortSignal): Promise<Pod | undefined>;
  /** Leaves all other conditions as they are. Undefined: it is gone. */
  write(pod: PodRef, conditions: readonly PodCondition[], signal: AbortSignal): Promise<Pod | undefined>;
}

const concurrency = 8;

export function createPodAccess(client: Pick<KubeClient, "get" | "patch">): PodAccess {
  const queue = new PQueue({ concurrency });
  const unlessGone = async (request: () => Promise<Pod>, signal: AbortSignal) => {
    try {
      return await queue.add(request, { signal });
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return undefined;
      throw error;
    }
  };
  return {
    async read({ uid, namespace, name }, signal) {
      const pod = await unlessGone(() => client.get(pods, { namespace, name }, { signal }), signal);
      return pod?.metadata.uid === uid ? pod : undefined;
    },
    write({ uid, namespace, name }, conditions, signal) {
      // The UID is a precondition; conditions are merged by their type.
      const body = { metadata: { uid }, status: { conditions } };
      const how = {
        type: "strategic",
        subresource: "status",
        fieldManager: fieldManagers.podStatus,
      } as const;
      return unlessGone(() => client.patch(pods, { namespace, name }, body, { ...how, signal }), signal);
    },
  };
}
