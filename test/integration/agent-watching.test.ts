/** What an agent reads of a cluster: little, and what is needed in addition only while it is. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Password } from "../../src/agent/bgp/input.ts";
import { createEndpointWatch } from "../../src/agent/watch/endpoint-watch.ts";
import { createPasswords } from "../../src/agent/watch/passwords.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { createKubeClient, type KubeClient } from "../../src/runtime/kube/client.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { agentOn } from "./support/agent-identity.ts";
import { type ApiProxy, startApiProxy } from "./support/api-proxy.ts";
import { eventually, install } from "./support/installation.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

const controlPlane = ownControlPlane();
const stop = new AbortController();
let proxy: ApiProxy;
let client: KubeClient;
let namespace: string;

beforeAll(async () => {
  const roles = ["deploy/rbac.yaml", "deploy/agent.yaml", "deploy/agent-bgp-passwords.yaml"];
  await install(controlPlane(), [...roles, "deploy/admission.yaml"]);
  namespace = await testNamespace(controlPlane());
  proxy = await startApiProxy(controlPlane());
  client = createKubeClient({ ...(await agentOn(controlPlane(), "node-a")), server: proxy.server });
});
afterAll(async () => {
  stop.abort();
  client?.close();
  await proxy?.close();
});

const addSlice = (service: string, node: string) =>
  controlPlane().call("POST", `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
    metadata: { generateName: `${service}-`, labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.1.0.1"], nodeName: node, conditions: { ready: true } }],
    ports: [{ name: "http", port: 80 }],
  });
const watchesOf = (plural: string) =>
  proxy.seen
    .filter(({ isWatch, path }) => isWatch && path.includes(plural))
    .map(({ path }) => decodeURIComponent(path));

test("EndpointSlices of the Services that count, and of no others, until these are many", async () => {
  let changes = 0;
  const watch = createEndpointWatch({
    client,
    logger: silentLogger,
    changed: () => {
      changes += 1;
    },
    signal: stop.signal,
  });
  const nodes = (service: string) =>
    watch
      .slices(`${namespace}/${service}`)
      .flatMap(({ endpoints }) => endpoints?.map((each) => each.nodeName) ?? []);
  await addSlice("web", "node-a");
  await addSlice("other", "node-b");
  watch.want(new Set([`${namespace}/web`]));
  expect(watch.isComplete).toBe(false);
  await watch.whenComplete();
  expect(nodes("web")).toEqual(["node-a"]);
  expect(nodes("other")).toEqual([]);
  expect(watchesOf("endpointslices").every((path) => path.includes("service-name=web"))).toBe(true);

  const before = changes;
  await addSlice("web", "node-c");
  await eventually(
    () => expect(new Set(nodes("web"))).toEqual(new Set(["node-a", "node-c"])),
    "the new one is seen",
  );
  expect(changes).toBeGreaterThan(before);

  const many = Array.from({ length: 20 }, (_, at) => `${namespace}/service-${at}`);
  watch.want(new Set([...many, `${namespace}/web`, `${namespace}/other`]));
  // What was known is known on.
  expect(nodes("web")).toHaveLength(2);
  await watch.whenComplete();
  expect(nodes("other")).toEqual(["node-b"]);
  expect(watch.isComplete).toBe(true);
  expect(watchesOf("endpointslices").filter((path) => !path.includes("service-name="))).toHaveLength(1);
  expect(watchesOf("endpointslices").filter((path) => path.includes("service-name=service-"))).toEqual([]);
});

test("a password from the moment the Secret is there, and why there is none before", async () => {
  const news: (Password | undefined)[] = [];
  const passwords = createPasswords({
    client,
    namespace: "fairlead-system",
    log: silentLogger,
    clock: systemClock,
    changed: () => news.push(passwords.known.get("bgp-rack-a")),
  });
  const create = (name: string, secret: object) =>
    controlPlane().call("POST", "/api/v1/namespaces/fairlead-system/secrets", {
      metadata: { name },
      ...secret,
    });
  const running = passwords.run(stop.signal);
  passwords.want(new Set(["bgp-rack-a"]));
  expect(passwords.isComplete).toBe(false);
  await eventually(() => expect(passwords.isComplete).toBe(true), "it is known not to be there");
  expect(passwords.known.get("bgp-rack-a")).toMatchObject({ ok: false });
  await create("bgp-rack-a", {
    type: "kubernetes.io/basic-auth",
    stringData: { username: "", password: "hunter2" },
  });
  await create("bgp-rack-b", { stringData: { password: "hunter2" } });
  passwords.want(new Set(["bgp-rack-a", "bgp-rack-b"]));
  await eventually(
    () => expect(passwords.known.get("bgp-rack-a")).toEqual({ ok: true, text: "hunter2" }),
    "it is read",
  );
  expect(news.at(-1)).toEqual({ ok: true, text: "hunter2" });
  const wrong = passwords.known.get("bgp-rack-b");
  expect(wrong?.ok === false && wrong.message).toContain("kubernetes.io/basic-auth");
  // Nobody has named it in the Role.
  passwords.want(new Set(["of-others"]));
  await eventually(() => expect(passwords.isComplete).toBe(true), "it is known that it may not be read");
  const forbidden = passwords.known.get("of-others");
  expect(forbidden?.ok === false && forbidden.message).toContain("deploy/agent-bgp-passwords.yaml");
  passwords.want(new Set());
  expect(passwords.known.size).toBe(0);
  stop.abort();
  await running;
});
