/** The first write of a new process: it raises the incarnation, so that nothing that an earlier one said is heeded any more. */
import { type Announcer, type AnnouncerStatus, announcers } from "../../api/announcer.ts";
import { apiVersionOf, type OwnerReference } from "../../api/meta.ts";
import { fieldManagers } from "../../api/names.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../../runtime/kube/api-error.ts";
import type { KubeClient } from "../../runtime/kube/client.ts";

export interface AnnouncerOwner {
  readonly name: string;
  readonly uid: string;
}

export interface BeginOptions {
  readonly client: Pick<KubeClient, "get" | "create" | "patch">;
  /** The `Announcer` has its name, and goes with it. */
  readonly node: AnnouncerOwner;
  /** The status to begin with. */
  readonly status: (incarnation: number, before: AnnouncerStatus | undefined) => AnnouncerStatus;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

export interface Begun {
  readonly announcer: Announcer;
  readonly incarnation: number;
  readonly written: AnnouncerStatus;
}

const mostTries = 10;

/**
 * Of two processes that begin at once each gets an incarnation of its own: the write fails where somebody wrote in between, and begins anew.
 *
 * @throws ApiError, TransportError as the client does.
 */
export async function begin({ client, node, status, nowMs, signal }: BeginOptions): Promise<Begun> {
  for (let left = mostTries - 1; ; left--) {
    try {
      const found = await readOrCreate({ client, node, signal });
      const before = found.status;
      // Where the record is gone, others may remember more starts than it would count: no number of starts is that high.
      const incarnation = before === undefined ? Math.floor(nowMs / 1000) : before.incarnation + 1;
      const written = status(incarnation, before);
      const { uid, resourceVersion } = found.metadata;
      const announcer = await client.patch(
        announcers,
        { name: node.name },
        {
          apiVersion: apiVersionOf(announcers),
          kind: announcers.kind,
          metadata: { name: node.name, uid, resourceVersion },
          status: written,
        },
        { type: "apply", subresource: "status", fieldManager: fieldManagers.announcer, force: true, signal },
      );
      return { announcer, incarnation, written };
    } catch (error) {
      const again = isConflict(error) || isAlreadyExists(error) || isNotFound(error);
      if (!again || left === 0) throw error;
    }
  }
}

/** The node's `Announcer`, made if there is none. */
export async function readOrCreate({
  client,
  node,
  signal,
}: Pick<BeginOptions, "client" | "node" | "signal">): Promise<Announcer> {
  try {
    return await client.get(announcers, { name: node.name }, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const owner: OwnerReference = { apiVersion: "v1", kind: "Node", name: node.name, uid: node.uid };
  const metadata = { name: node.name, ownerReferences: [owner] };
  const object: Announcer = { apiVersion: apiVersionOf(announcers), kind: announcers.kind, metadata };
  return client.create(announcers, object, { fieldManager: fieldManagers.announcer, signal });
}
