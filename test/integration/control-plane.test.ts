import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { createKubeClient } from "../../src/runtime/kube/client.ts";
import type { Identity } from "../../src/testing/control-plane/access.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { sharedControlPlane } from "./support/shared-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

describe("the control plane that all tests share", () => {
  const controlPlane = sharedControlPlane();

  test("gives every test a namespace of its own", async () => {
    const [one, other] = await Promise.all([testNamespace(controlPlane), testNamespace(controlPlane)]);
    expect(one).not.toBe(other);
    const found = await controlPlane.call("GET", `/api/v1/namespaces/${one}`);
    expect(found).toMatchObject({ metadata: { name: one } });
  });

  test.each<[string, (namespace: string) => Identity, (namespace: string) => string]>([
    ["a user", () => ({ user: "alice" }), () => "alice"],
    [
      "a ServiceAccount",
      (namespace) => ({ serviceAccount: { namespace, name: "worker" } }),
      (namespace) => `system:serviceaccount:${namespace}:worker`,
    ],
  ])("lets a test be %s, with the rights of that one", async (_, identity, username) => {
    const namespace = await testNamespace(controlPlane);
    const client = createKubeClient(await controlPlane.connection(identity(namespace)));
    const who = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const review = await client.request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
      body: who,
    });
    expect(review).toMatchObject({ status: { userInfo: { username: username(namespace) } } });
    const secrets = client.request("GET", `/api/v1/namespaces/${namespace}/secrets`);
    await expect(secrets).rejects.toMatchObject({ status: 403 });
    client.close();
  });

  test("serves Services of both address families", async () => {
    const namespace = await testNamespace(controlPlane);
    const service = {
      metadata: { name: "dual" },
      spec: { ipFamilyPolicy: "RequireDualStack", ports: [{ port: 80 }] },
    };
    const made = await controlPlane.call("POST", `/api/v1/namespaces/${namespace}/services`, service);
    expect(made).toMatchObject({ spec: { ipFamilies: ["IPv4", "IPv6"] } });
  });
});

describe("a control plane of one's own", () => {
  const controlPlane = ownControlPlane();

  test("keeps its data and its address when the API server goes and comes back", async () => {
    const name = await testNamespace(controlPlane());
    await controlPlane().stopApiServer();
    await expect(controlPlane().call("GET", "/api")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await controlPlane().startApiServer();
    expect(await controlPlane().call("GET", `/api/v1/namespaces/${name}`)).toMatchObject({
      metadata: { name },
    });
  });

  test("answers nothing while the API server is paused, and everything after", async () => {
    controlPlane().pause("kube-apiserver");
    const asked = controlPlane().call("GET", "/api");
    const first = await Promise.race([asked.then(() => "an answer"), delay(500, "silence")]);
    controlPlane().resume("kube-apiserver");
    expect(first).toBe("silence");
    expect(await asked).toMatchObject({ kind: "APIVersions" });
  });
});

describe("npm run control-plane", () => {
  test.each<[string, NodeJS.Signals]>([
    ["stops cleanly on Ctrl-C", "SIGINT"],
    ["leaves no process and no data behind when it is killed", "SIGKILL"],
  ])("%s", async (_, signal) => {
    const { child, kubeconfig } = await runControlPlane();
    const directory = dirname(kubeconfig);
    expect(processesIn(directory).length).toBeGreaterThanOrEqual(3);
    child.kill(signal);
    const [code] = await once(child, "exit");
    expect(code).toBe(signal === "SIGINT" ? 0 : null);
    while (processesIn(directory).length > 0 || existsSync(directory)) await delay(50);
  });
});

async function runControlPlane(): Promise<{ child: ChildProcess; kubeconfig: string }> {
  const args = ["scripts/control-plane.ts", "--without-controller-manager"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const [kubeconfig] = await once(createInterface(child.stdout), "line");
  return { child, kubeconfig };
}

/** Command lines that name the directory: the supervisor and its servers. */
function processesIn(directory: string): string[] {
  const all = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
  return all.filter((line) => line.includes(directory) && !line.includes("<defunct>"));
}
