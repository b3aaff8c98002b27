/** How to reach an API server and prove who one is. Knows where credentials come from, nothing of requests. */

import { homedir } from "node:os";
import { join } from "node:path";
import { inClusterConnection, isInCluster } from "./in-cluster.ts";
import { connectionFromFiles } from "./kubeconfig.ts";

/** TLS options as `node:tls` takes them. A new object means that connections must be made anew. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly pfx?: string | Buffer;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface Credentials {
  /** Headers to send, `authorization` and impersonation. Never to be logged. */
  readonly headers: Readonly<Record<string, string>>;
  /** The same object as long as nothing in it changed. */
  readonly tls: TlsMaterial;
}

export interface Connection {
  /** Base URL, without a slash at its end. */
  readonly server: string;
  /** Namespace that a kubeconfig's context or the pod's service account names. */
  readonly namespace?: string | undefined;
  /** HTTP proxy between here and the server. */
  readonly proxyUrl?: string | undefined;
  /**
   * What to send with the next request. Called for each one, so what is costly is remembered.
   * `refresh` is set after a 401: what was remembered is read again.
   */
  credentials(o?: { readonly refresh?: boolean }): Promise<Credentials>;
}

export interface LoadConnectionOptions {
  /** One kubeconfig, or several separated as in `KUBECONFIG`; of entries with one name the first counts. */
  readonly kubeconfig?: string | undefined;
  /** Context to use instead of `current-context`. */
  readonly context?: string | undefined;
  /** Where `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT` are looked up. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * Finds the API server: the kubeconfig named, else the service account of the pod we run in, else `~/.kube/config`.
 *
 * Kubeconfigs with certificates, tokens, token files or passwords are read here; those with an exec plug-in or an
 * auth provider (OIDC) load client-node, which costs some 85 MB.
 *
 * @throws {Error} if there is none, or it does not say enough. Messages name the file and the entry, never its secrets.
 */
export async function loadConnection(o: LoadConnectionOptions = {}): Promise<Connection> {
  const { kubeconfig, context, env = process.env } = o;
  if (kubeconfig) return connectionFromFiles(kubeconfig, context);
  if (context === undefined && isInCluster(env)) return inClusterConnection({ env });
  return connectionFromFiles(join(homedir(), ".kube", "config"), context);
}
