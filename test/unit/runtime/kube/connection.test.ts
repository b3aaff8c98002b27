import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createKubeClient } from "../../../../src/runtime/kube/client.ts";
import { connectionFromKubeConfig } from "../../../../src/runtime/kube/client-node.ts";
import { type Connection, loadConnection } from "../../../../src/runtime/kube/connection.ts";
import { inClusterConnection } from "../../../../src/runtime/kube/in-cluster.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "connection-"));
});
afterEach(() => rm(folder, { recursive: true }));

const write = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, text);
  return path;
};

const kubeconfig = (o: { user?: string; cluster?: string; current?: string; name?: string }): string => {
  const name = o.name ?? "it";
  return `apiVersion: v1
kind: Config
current-context: ${o.current ?? name}
clusters: [{name: ${name}, cluster: {server: "https://${name}.example:6443/", ${o.cluster ?? ""}}}]
users: [{name: ${name}, user: {${o.user ?? ""}}}]
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}, namespace: in-${name}}}]
`;
};

const headers = async (connection: Connection) => (await connection.credentials()).headers;

describe("a kubeconfig", () => {
  test.each([
    ["a token", 'token: "t0k"', { authorization: "Bearer t0k" }],
    ["a user and password", "username: me, password: 'p:w'", { authorization: `Basic ${btoa("me:p:w")}` }],
    ["impersonation", "token: t, as: other", { authorization: "Bearer t", "impersonate-user": "other" }],
    ["nothing", "", {}],
  ])("with %s sends the right headers", async (_, user, expected) => {
    const connection = await loadConnection({ kubeconfig: await write("config", kubeconfig({ user })) });
    expect(connection).toMatchObject({ server: "https://it.example:6443", namespace: "in-it" });
    expect(await headers(connection)).toEqual(expected);
  });

  test("resolves files beside itself, prefers inline data, reads token files again when refused", async () => {
    await write("tls/ca.pem", "CA");
    const tokenPath = await write("tls/token", "first\n");
    const path = await write(
      "config",
      kubeconfig({
        cluster: "certificate-authority: tls/ca.pem, tls-server-name: sni",
        user: `tokenFile: tls/token, client-key: missing.pem, client-key-data: ${btoa("KEY")}`,
      }),
    );
    const connection = await loadConnection({ kubeconfig: path });
    const { tls } = await connection.credentials();
    expect(tls).toEqual({ ca: Buffer.from("CA"), key: Buffer.from("KEY"), servername: "sni" });
    await writeFile(tokenPath, "second");
    expect(await headers(connection)).toEqual({ authorization: "Bearer first" });
    expect((await connection.credentials({ refresh: true })).headers).toEqual({
      authorization: "Bearer second",
    });
    expect((await connection.credentials()).tls).toBe(tls);
  });

  test("of several, the first says which context is current and whose entry counts", async () => {
    const one = await write("one", kubeconfig({ name: "a", user: "token: from-one", current: "b" }));
    const two = await write("two", `${kubeconfig({ name: "b", user: "token: b" })}`);
    const three = await write("three", kubeconfig({ name: "a", user: "token: from-three" }));
    const list = [one, two, three].join(delimiter);
    expect(await headers(await loadConnection({ kubeconfig: list }))).toEqual({ authorization: "Bearer b" });
    const a = await loadConnection({ kubeconfig: list, context: "a" });
    expect(await headers(a)).toEqual({ authorization: "Bearer from-one" });
  });

  test.each([
    ["an unknown context", kubeconfig({ current: "lost" }), /Cannot find context "lost" .*\(there: "it"\)/],
    ["no current context", "kind: Config", /no current-context/],
    ["an unknown user", kubeconfig({}).replace("user: it", "user: ghost"), /Cannot find user "ghost"/],
    ["group impersonation", kubeconfig({ user: "as: a, as-groups: [b]" }), /as-groups/],
    ["a socks proxy", kubeconfig({ cluster: "proxy-url: 'socks5://x:1'" }), /only http and https proxies/],
  ])("with %s is refused with its name", async (_, text, message) => {
    const path = await write("config", text);
    const error = await loadConnection({ kubeconfig: path }).catch((e: unknown) => e);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toContain(path);
  });

  test("that is no YAML is refused without quoting it", async () => {
    const path = await write("config", "users:\n- token: 'hunter2\n  : [");
    const error = (await loadConnection({ kubeconfig: path }).catch((e: unknown) => e)) as Error;
    expect(error.message).toMatch(/not valid YAML at line \d+/);
    expect(JSON.stringify([error.stack, error.cause])).not.toContain("hunter2");
  });

  test("whose plug-in prints no JSON is refused without quoting it", async () => {
    const exec = `{command: ${JSON.stringify(process.execPath)}, args: ["-p", "'hunter2'"], apiVersion: client.authentication.k8s.io/v1}`;
    const path = await write("config", kubeconfig({ user: `exec: ${exec}` }));
    const connection = await loadConnection({ kubeconfig: path });
    const error = (await connection.credentials().catch((e: unknown) => e)) as Error;
    expect(error.message).toMatch(/did not answer with JSON/);
    expect(JSON.stringify([error.stack, error.cause])).not.toContain("hunter2");
  });
});

describe("inside a pod", () => {
  test("token and CA are read again within a minute of their change", async () => {
    await write("token", "one");
    await write("ca.crt", "CA1");
    await write("namespace", "mine\n");
    let now = 0;
    const connection = await inClusterConnection({
      env: { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" },
      folder,
      monotonic: () => now,
    });
    expect(connection).toMatchObject({ server: "https://[fd00::1]:443", namespace: "mine" });
    const first = await connection.credentials();
    expect(first).toEqual({ headers: { authorization: "Bearer one" }, tls: { ca: "CA1" } });
    await write("token", "two");
    now = 60_000;
    const second = await connection.credentials();
    expect(second.headers).toEqual({ authorization: "Bearer two" });
    expect(second.tls).toBe(first.tls);
    await write("ca.crt", "CA2");
    now = 120_000;
    expect((await connection.credentials()).tls).toEqual({ ca: "CA2" });
  });

  test("a token that can't be read any more is used further", async () => {
    const path = await write("token", "one");
    await write("ca.crt", "CA1");
    let now = 0;
    const env = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" };
    const connection = await inClusterConnection({ env, folder, monotonic: () => now });
    await rm(path);
    now = 100_000;
    expect(await headers(connection)).toEqual({ authorization: "Bearer one" });
  });
});

describe("client-node's KubeConfig", () => {
  test("is asked each time; the certificates are the same object until they change", async () => {
    let cert = "one";
    const connection = connectionFromKubeConfig({
      getCurrentCluster: () => ({ server: "https://x/" }),
      getCurrentContext: () => "c",
      getContextObject: () => ({ namespace: "n" }),
      applyToHTTPSOptions: async (options) => {
        options.cert = Buffer.from(cert);
        Object.assign(options.headers ?? {}, { Authorization: "Bearer t" });
      },
    });
    const first = await connection.credentials();
    expect(first).toEqual({ headers: { authorization: "Bearer t" }, tls: { cert: Buffer.from("one") } });
    expect((await connection.credentials()).tls).toBe(first.tls);
    cert = "two";
    expect((await connection.credentials()).tls).toEqual({ cert: Buffer.from("two") });
  });
});

describe("over TLS", () => {
  const certificate = async (name: string) => {
    const at = (end: string) => join(folder, `${name}.${end}`);
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
      ].concat([
        "-subj",
        `/CN=${name}`,
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        at("key"),
        "-out",
        at("crt"),
      ]),
      { stdio: "ignore" },
    );
    return { key: await readFile(at("key")), cert: await readFile(at("crt")) };
  };

  test("the server is verified, and renewed client certificates are used from the next request on", async () => {
    const ca = await certificate("server");
    const clients = [await certificate("first"), await certificate("second")] as const;
    const server = createServer(
      { ...ca, requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        const { subject } = (request.socket as TLSSocket).getPeerCertificate();
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify({ CN: subject?.CN }));
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    let tls: object = { ca: ca.cert, ...clients[0] };
    const client = createKubeClient({ server: url, credentials: async () => ({ headers: {}, tls }) });
    const stranger = createKubeClient({ server: url, credentials: async () => ({ headers: {}, tls: {} }) });
    try {
      expect(await client.request("GET", "/")).toEqual({ CN: "first" });
      tls = { ca: ca.cert, ...clients[1] };
      expect(await client.request("GET", "/")).toEqual({ CN: "second" });
      await expect(stranger.request("GET", "/")).rejects.toMatchObject({
        code: "DEPTH_ZERO_SELF_SIGNED_CERT",
        sent: false,
      });
    } finally {
      client.close();
      stranger.close();
      server.close();
    }
  });
});
