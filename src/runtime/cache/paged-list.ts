/** A whole list, page by page. */

import type { KubeObject, Resource } from "../../api/meta.ts";
import { isGone } from "../kube/api-error.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Selection } from "../kube/requests.ts";

const pageSize = 500;

/**
 * All objects, as of one resource version.
 *
 * The read is consistent (no resourceVersion is sent). If the continue token expires on the way, all is asked for again
 * in one piece. `onPage` is called for each page.
 */
export async function pagedList<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  selection: Selection,
  signal: AbortSignal,
  onPage: () => void,
): Promise<{ readonly items: T[]; readonly resourceVersion: string }> {
  // No retries in the client: the reflector's backoff is in one place.
  const request = { ...selection, signal, maxRetries: 0 };
  const first = await client.list(resource, { ...request, limit: pageSize });
  const { items } = first;
  let token = first.metadata.continue;
  while (token) {
    onPage();
    try {
      const page = await client.list(resource, { ...request, limit: pageSize, continue: token });
      for (const item of page.items) items.push(item);
      token = page.metadata.continue;
    } catch (error) {
      if (!isGone(error)) throw error;
      const whole = await client.list(resource, request);
      return { items: whole.items, resourceVersion: whole.metadata.resourceVersion ?? "" };
    }
  }
  return { items, resourceVersion: first.metadata.resourceVersion ?? "" };
}
