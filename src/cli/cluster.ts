/** Looking into a cluster from the command line: bounded waits, and errors that say what to do. */

import type { KubeObject, Resource } from "../api/meta.ts";
import { group } from "../api/names.ts";
import { isApiError, isForbidden } from "../runtime/kube/api-error.ts";
import { createKubeClient, type KubeClient } from "../runtime/kube/client.ts";
import { isTransportError } from "../runtime/kube/transport.ts";
import { adviceFor } from "./advice.ts";
import { type ConnectOptions, connect } from "./connect.ts";
import { UserError } from "./user-error.ts";
import { version } from "./version.ts";

export interface Cluster {
  readonly client: KubeClient;
  /** Of the kubeconfig's context. */
  readonly namespace: string;
}

/**
 * Connects, looks, and closes the connections.
 *
 * @throws UserError for what the API server refuses or when it can't be reached, with what to do.
 */
export async function withCluster<T>(
  options: ConnectOptions,
  look: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const connection = await connect(options);
  const client = createKubeClient(connection, { userAgent: `fairlead/${version()} cli`, timeoutMs: 15_000 });
  try {
    return await look({ client, namespace: connection.namespace ?? "default" });
  } catch (error) {
    if (!isApiError(error) && !isTransportError(error)) throw error;
    const { problem, advice } = adviceFor(error, { server: connection.server });
    throw new UserError(problem, error.message, advice);
  } finally {
    client.close();
  }
}

const pageSize = 500;

/** All objects of a kind, in a namespace or everywhere. */
export async function listAll<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  selection: Selection = {},
): Promise<T[]> {
  try {
    return await everyPage(client, resource, selection);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const { namespace } = selection;
    const ours = resource.group === group;
    throw new UserError(
      (error as Error).message,
      namespace === undefined && resource.namespaced
        ? "You may not look into all namespaces; name one with -n NAMESPACE."
        : ours
          ? "The role fairlead-view of deploy/rbac.yaml, which comes with the roles view, edit and admin, allows it."
          : "The ClusterRole fairlead-inspect of deploy/rbac.yaml allows it; ask whoever runs the cluster to bind it to you.",
    );
  }
}

/** As `listAll`, and `undefined` where the user may not look: for what makes an answer better but not possible. */
export async function listIfAllowed<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  selection: Selection = {},
): Promise<T[] | undefined> {
  try {
    return await everyPage(client, resource, selection);
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

interface Selection {
  readonly namespace?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
}

async function everyPage<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  selection: Selection,
): Promise<T[]> {
  const items: T[] = [];
  let next: string | undefined;
  do {
    const page = await client.list(resource, {
      ...selection,
      limit: pageSize,
      continue: next,
      maxRetries: 1,
    });
    items.push(...page.items);
    next = page.metadata.continue || undefined;
  } while (next !== undefined);
  return items;
}
