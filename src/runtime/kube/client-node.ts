/** Takes credentials from client-node's `KubeConfig`, for exec plug-ins, OIDC, and callers who already have one. */

import type { RequestOptions } from "node:https";
import type { Connection, TlsMaterial } from "./connection.ts";

/** The part of client-node's `KubeConfig` that is used; typed by shape, so that nothing is imported. */
export interface KubeConfigLike {
  getCurrentCluster(): { readonly server: string; readonly proxyUrl?: string | undefined } | null;
  getCurrentContext(): string;
  getContextObject(name: string): { readonly namespace?: string | undefined } | null;
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

/**
 * A connection that asks `config` for credentials before each request.
 *
 * `config` remembers what plug-ins answered until it expires. Changed certificates lead to new connections.
 *
 * @throws {Error} if `config` has no current cluster.
 */
export function connectionFromKubeConfig(config: KubeConfigLike): Connection {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error("Cannot use the kubeconfig: it has no current cluster");
  let tls: TlsMaterial = {};
  return {
    server: cluster.server.replace(/\/+$/, ""),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    proxyUrl: cluster.proxyUrl,
    async credentials() {
      const options: RequestOptions = { headers: {} };
      try {
        await config.applyToHTTPSOptions(options);
      } catch (error) {
        // A plug-in's output that is not JSON would be quoted by the parser, and may hold the token.
        if (Error.isError(error) && error.name === "SyntaxError") {
          throw new Error("Cannot get credentials: the kubeconfig's plug-in did not answer with JSON");
        }
        throw error;
      }
      const found = tlsOf(options);
      if (!sameMaterial(found, tls)) tls = found;
      return { headers: headersOf(options), tls };
    },
  };
}

const materialKeys = ["ca", "cert", "key", "pfx", "passphrase", "servername", "rejectUnauthorized"] as const;

function tlsOf(options: RequestOptions): TlsMaterial {
  const material: Record<string, unknown> = {};
  for (const key of materialKeys) if (options[key] !== undefined) material[key] = options[key];
  return material as TlsMaterial;
}

function sameMaterial(a: TlsMaterial, b: TlsMaterial): boolean {
  return materialKeys.every((key) => {
    const [x, y] = [a[key], b[key]];
    return Buffer.isBuffer(x) && Buffer.isBuffer(y) ? x.equals(y) : x === y;
  });
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value !== undefined) headers[name.toLowerCase()] = String(value);
  }
  if (options.auth) headers.authorization = `Basic ${Buffer.from(options.auth).toString("base64")}`;
  return headers;
}
