/** The connection of a pod, from the files of its service account. */

import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import type { Connection, TlsMaterial } from "./connection.ts";
import { tokenFile } from "./token-file.ts";

const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";
const caMaxAgeMs = 60_000;

type Env = Readonly<Record<string, string | undefined>>;

export function isInCluster(env: Env): boolean {
  return Boolean(env.KUBERNETES_SERVICE_HOST && env.KUBERNETES_SERVICE_PORT);
}

/**
 * Token and CA are read again at most 60 s after they changed.
 *
 * @throws {Error} if the files of the service account are missing (`automountServiceAccountToken: false`).
 */
export async function inClusterConnection(o: {
  readonly env: Env;
  readonly folder?: string | undefined;
  readonly monotonic?: (() => number) | undefined;
}): Promise<Connection> {
  const { env, folder = serviceAccountFolder, monotonic = () => performance.now() } = o;
  const host = env.KUBERNETES_SERVICE_HOST ?? "";
  const token = tokenFile(join(folder, "token"), monotonic);
  const tls = caFile(join(folder, "ca.crt"), monotonic);
  await Promise.all([token(), tls()]);
  const namespace = await readFile(join(folder, "namespace"), "utf8").catch(() => "");
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT}`,
    namespace: namespace.trim() || undefined,
    credentials: async (how) => ({
      headers: { authorization: `Bearer ${await token(how)}` },
      tls: await tls(),
    }),
  };
}

function caFile(path: string, monotonic: () => number): () => Promise<TlsMaterial> {
  let material: TlsMaterial | undefined;
  let readAt = 0;
  return async () => {
    if (material !== undefined && monotonic() - readAt < caMaxAgeMs) return material;
    readAt = monotonic();
    try {
      const ca = await readFile(path, "utf8");
      if (ca !== material?.ca) material = { ca };
    } catch (error) {
      if (material === undefined) throw error;
    }
    return material as TlsMaterial;
  };
}
