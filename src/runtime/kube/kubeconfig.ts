/** Kubeconfig files: merged as kubectl does, one context picked out, relative paths resolved. */

import { readFile } from "node:fs/promises";
import { delimiter, dirname, resolve } from "node:path";
import { connectionFromKubeConfig } from "./client-node.ts";
import type { Connection, TlsMaterial } from "./connection.ts";
import { tokenFile } from "./token-file.ts";

/** The fields read here, spelled as in the file. */
interface ClusterEntry {
  readonly server?: string;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
  readonly "tls-server-name"?: string;
  readonly "proxy-url"?: string;
}

interface UserEntry {
  readonly "client-certificate"?: string;
  readonly "client-certificate-data"?: string;
  readonly "client-key"?: string;
  readonly "client-key-data"?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly "as-uid"?: string;
  readonly "as-groups"?: readonly string[];
  readonly exec?: unknown;
  readonly "auth-provider"?: unknown;
}

interface ContextEntry {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

/** An entry with the file that it came from: relative paths start at its folder, and messages name it. */
interface Found<E> {
  readonly entry: E;
  readonly file: string;
}

interface Merged {
  readonly files: readonly string[];
  readonly clusters: ReadonlyMap<string, Found<ClusterEntry>>;
  readonly users: ReadonlyMap<string, Found<UserEntry>>;
  readonly contexts: ReadonlyMap<string, Found<ContextEntry>>;
  readonly currentContext: string | undefined;
}

/** `kubeconfig` is a path or a list of paths as in `KUBECONFIG`. */
export async function connectionFromFiles(
  kubeconfig: string,
  context: string | undefined,
): Promise<Connection> {
  const merged = await readAll(kubeconfig.split(delimiter).filter(Boolean));
  const where = merged.files.join(", ");
  const name = context ?? merged.currentContext;
  if (!name) throw new Error(`Cannot use kubeconfig ${where}: it has no current-context and none was named`);
  const chosen = pick(merged.contexts, "context", name, where);
  const cluster = pick(merged.clusters, "cluster", chosen.entry.cluster ?? "", where);
  const user: Found<UserEntry> = chosen.entry.user
    ? pick(merged.users, "user", chosen.entry.user, where)
    : { entry: {}, file: chosen.file };
  if (!cluster.entry.server) {
    throw new Error(`Cannot use cluster "${chosen.entry.cluster}" of ${cluster.file}: it names no server`);
  }
  const { namespace } = chosen.entry;
  const connection =
    user.entry.exec || user.entry["auth-provider"]
      ? connectionFromKubeConfig(await clientNodeConfig(merged, name))
      : await plainConnection(cluster, user);
  return { ...connection, namespace };
}

async function plainConnection(cluster: Found<ClusterEntry>, user: Found<UserEntry>): Promise<Connection> {
  const { entry } = user;
  const tls = await tlsOf(cluster, user);
  const readToken =
    entry.tokenFile && !entry.token ? tokenFile(resolve(dirname(user.file), entry.tokenFile)) : undefined;
  const fixed: Record<string, string> = {};
  if (entry.token) fixed.authorization = `Bearer ${entry.token}`;
  else if (entry.username !== undefined) {
    const pair = Buffer.from(`${entry.username}:${entry.password ?? ""}`).toString("base64");
    fixed.authorization = `Basic ${pair}`;
  }
  if (entry.as) fixed["impersonate-user"] = entry.as;
  if (entry["as-uid"]) fixed["impersonate-uid"] = entry["as-uid"];
  if (entry["as-groups"]?.length) {
    throw new Error(`Cannot use a user of ${user.file}: impersonating groups (as-groups) is not supported`);
  }
  return {
    server: (cluster.entry.server ?? "").replace(/\/+$/, ""),
    proxyUrl: httpProxy(cluster),
    credentials: async (how) => ({
      headers: readToken ? { ...fixed, authorization: `Bearer ${await readToken(how)}` } : fixed,
      tls,
    }),
  };
}

async function tlsOf(cluster: Found<ClusterEntry>, user: Found<UserEntry>): Promise<TlsMaterial> {
  const c = cluster.entry;
  const u = user.entry;
  const ca = await pem(cluster.file, c["certificate-authority-data"], c["certificate-authority"]);
  const cert = await pem(user.file, u["client-certificate-data"], u["client-certificate"]);
  const key = await pem(user.file, u["client-key-data"], u["client-key"]);
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(c["tls-server-name"] && { servername: c["tls-server-name"] }),
    ...(c["insecure-skip-tls-verify"] && { rejectUnauthorized: false }),
  };
}

/** Inline data wins over a file, as in kubectl. */
async function pem(
  file: string,
  data: string | undefined,
  path: string | undefined,
): Promise<Buffer | undefined> {
  if (data) return Buffer.from(data, "base64");
  return path ? readFile(resolve(dirname(file), path)) : undefined;
}

function httpProxy(cluster: Found<ClusterEntry>): string | undefined {
  const url = cluster.entry["proxy-url"];
  if (!url || /^https?:/.test(url)) return url || undefined;
  throw new Error(`Cannot use proxy-url of ${cluster.file}: only http and https proxies are supported`);
}

async function readAll(files: readonly string[]): Promise<Merged> {
  const { parse } = await import("./yaml.ts");
  const clusters = new Map<string, Found<ClusterEntry>>();
  const users = new Map<string, Found<UserEntry>>();
  const contexts = new Map<string, Found<ContextEntry>>();
  let currentContext: string | undefined;
  for (const file of files) {
    const text = await readFile(file, "utf8");
    let parsed: unknown;
    try {
      parsed = parse(text, { prettyErrors: false });
    } catch (error) {
      // The parser's own message quotes the line, which may hold a token.
      const at = (error as { pos?: readonly number[] }).pos?.[0];
      const line = at === undefined ? "" : ` at line ${text.slice(0, at).split("\n").length}`;
      throw new Error(`Cannot read kubeconfig ${file}: not valid YAML${line}`);
    }
    const root = asRecord(parsed);
    collect(clusters, root.clusters, "cluster", file);
    collect(users, root.users, "user", file);
    collect(contexts, root.contexts, "context", file);
    const current = root["current-context"];
    if (!currentContext && typeof current === "string") currentContext = current;
  }
  return { files, clusters, users, contexts, currentContext };
}

function collect<E>(into: Map<string, Found<E>>, list: unknown, key: string, file: string): void {
  if (!Array.isArray(list)) return;
  for (const item of list) {
    const { name, [key]: entry } = asRecord(item);
    if (typeof name === "string" && !into.has(name)) into.set(name, { entry: asRecord(entry) as E, file });
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function pick<E>(from: ReadonlyMap<string, Found<E>>, what: string, name: string, where: string): Found<E> {
  const found = from.get(name);
  if (found) return found;
  const known = [...from.keys()].map((one) => `"${one}"`).join(", ") || "none";
  throw new Error(`Cannot find ${what} "${name}" in kubeconfig ${where} (there: ${known})`);
}

/** For plug-ins and auth providers: client-node's own reading of the same files. */
async function clientNodeConfig(merged: Merged, context: string) {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  for (const [index, file] of merged.files.entries()) {
    const one = new KubeConfig();
    one.loadFromFile(file);
    // It refuses duplicate names where kubectl lets the first win.
    one.clusters = one.clusters.filter((c) => merged.clusters.get(c.name)?.file === file);
    one.users = one.users.filter((u) => merged.users.get(u.name)?.file === file);
    one.contexts = one.contexts.filter((c) => merged.contexts.get(c.name)?.file === file);
    config.mergeConfig(one, index > 0);
  }
  config.setCurrentContext(context);
  return config;
}
