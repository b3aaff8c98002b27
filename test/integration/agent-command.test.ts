/** `fairlead agent` as whoever installs and runs it meets it: what it refuses, what it prints at its start, and how it ends. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { announcers } from "../../src/api/announcer.ts";
import { kubeconfigOf } from "../../src/testing/control-plane/credentials.ts";
import { agentToken } from "./support/agent-identity.ts";
import { type Cluster, clusterOf } from "./support/cluster.ts";
import { run } from "./support/command.ts";
import { eventually, install } from "./support/installation.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { type StartedProcess, startProcess } from "./support/started-process.ts";

describe("what it refuses before it does anything", () => {
  test.each([
    ["not to be told which node it is on", [], "--node-name"],
    ["to run without a key", ["--node-name", "a"], "openssl rand -base64 32"],
    [
      "a key and none at once",
      ["--node-name", "a", "--insecure-heartbeats", "--heartbeat-key-file", "x"],
      "not both",
    ],
    [
      "a key file that is not there",
      ["--node-name", "a", "--heartbeat-key-file", "/nonexistent"],
      "/nonexistent",
    ],
    ["a pattern that is none", ["--skip-interfaces", "eth["], "regular expressions"],
    ["a taint that is none", ["--drain-taints", "leaving:NoSchedule"], "keys of taints"],
    ["a port that is none", ["--heartbeat-port", "70000"], "1 to 65535"],
  ])("%s", async (_, args, words) => {
    const { code, stderr } = await run(["agent", ...args]);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
  });
});

describe("in a cluster", () => {
  const controlPlane = ownControlPlane();
  let directory: string;
  let kubeconfig: string;
  let cluster: Cluster;
  let agent: StartedProcess | undefined;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "fairlead-agent-"));
    await install(controlPlane(), ["deploy/rbac.yaml", "deploy/agent.yaml", "deploy/admission.yaml"]);
    cluster = await clusterOf(controlPlane());
    const { server, caPem } = controlPlane();
    const token = await agentToken(controlPlane(), "node-a");
    kubeconfig = join(directory, "kubeconfig");
    await writeFile(kubeconfig, kubeconfigOf({ server, caPem, token }), { mode: 0o600 });
    await writeFile(join(directory, "key"), `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
  });
  afterAll(async () => {
    await agent?.kill();
    cluster?.client.close();
    await rm(directory, { recursive: true, force: true });
  });

  test("a port for health that is taken is told with the flags that choose another", async () => {
    const other = createServer();
    other.listen({ port: 0, host: "127.0.0.1" });
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    try {
      const flags = ["--node-name", "node-b", "--kubeconfig", kubeconfig, "--insecure-heartbeats"];
      const place = `127.0.0.1:${port}`;
      const places = ["--metrics-bind-address", place, "--health-probe-bind-address", place];
      const { code, stderr } = await run(["agent", ...flags, ...places]);
      expect(code).toBe(1);
      expect(stderr).toContain(`TCP port ${port} of 127.0.0.1: it is in use`);
      expect(stderr).toContain("with --health-probe-bind-address and --metrics-bind-address");
    } finally {
      other.close();
    }
  });

  test("it waits for its Node, says what it has, takes part, and ends in order", async () => {
    // On a machine that is somebody else's it answers on no interface.
    const flags = ["--node-name", "node-a", "--kubeconfig", kubeconfig, "--skip-interfaces", ".*"];
    const key = ["--heartbeat-key-file", join(directory, "key"), "--heartbeat-port", "17947"];
    const places = ["--metrics-bind-address", "127.0.0.1:0", "--health-probe-bind-address", "127.0.0.1:0"];
    agent = startProcess(["agent", ...flags, ...key, ...places]);
    const process = agent;
    const { ports } = await process.said("Serving health and metrics");
    const [health, metrics] = ports as [number, number];
    const missing = await process.said("Cannot find Node node-a; trying again");
    expect(JSON.stringify(missing.error)).toContain("--node-name");
    expect((await fetch(`http://127.0.0.1:${health}/readyz`)).status).toBe(500);
    await controlPlane().call("POST", "/api/v1/nodes", { metadata: { name: "node-a" } });

    await eventually(async () => {
      const { status } = await cluster.client.get(announcers, { name: "node-a" });
      expect(status?.state).toBe("Ready");
    }, "the agent takes part");
    expect((await fetch(`http://127.0.0.1:${health}/readyz`)).status).toBe(200);
    expect(process.printed()).toMatch(/^fairlead agent .*, node node-a, incarnation \d+$/m);
    expect(process.printed()).toContain("authenticated by 1 key from");
    expect(process.printed()).toMatch(/^lo .* skipped: /m);
    expect(process.printed()).toMatch(/^RawSockets +(yes|no) /m);
    const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    expect(text).toMatch(/^fairlead_agent_addresses\{state="Announcing"\} 0$/m);
    expect(text).toMatch(/^fairlead_agent_heartbeats_sent_total \d+$/m);
    expect(text).toMatch(/^fairlead_agent_network_thread_lag_seconds \d/m);

    // Whatever ports it is given, it is refused, and nothing was written in the name of the node.
    const before = await cluster.client.get(announcers, { name: "node-a" });
    const second = await run(["agent", ...flags, ...key.with(-1, "17948"), ...places]);
    expect(second).toMatchObject({ code: 1 });
    expect(second.stderr).toContain("Another agent of node node-a runs on this machine");
    const after = await cluster.client.get(announcers, { name: "node-a" });
    expect(after.status?.incarnation).toBe(before.status?.incarnation);
    expect((await fetch(`http://127.0.0.1:${health}/readyz`)).status).toBe(200);

    process.signal("SIGTERM");
    expect(await process.ended).toEqual({ code: 0, signal: null });
    const { status } = await cluster.client.get(announcers, { name: "node-a" });
    expect(status).toMatchObject({ state: "Leaving", addresses: [] });
  });
});
