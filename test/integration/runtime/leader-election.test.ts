import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createKubeClient } from "../../../src/runtime/kube/client.ts";
import { eventually } from "../support/eventually.ts";
import { sharedControlPlane } from "../support/shared-control-plane.ts";
import { testNamespace } from "../support/test-namespace.ts";

const program = fileURLToPath(new URL("./leading-process.ts", import.meta.url));
const configMaps = {
  group: "",
  version: "v1",
  plural: "configmaps",
  kind: "ConfigMap",
  namespaced: true,
} as const;
interface Journal {
  metadata: object;
  data?: Record<string, string>;
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

async function setUp() {
  const { server, caPem, kubeconfigPath, adminToken, call } = sharedControlPlane();
  const access = { server, caPem, kubeconfigPath, adminToken };
  const namespace = await testNamespace(sharedControlPlane());
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  await call("POST", path, { metadata: { name: "journal" } });
  const journal = async () => ((await call("GET", `${path}/journal`)) as Journal).data ?? {};
  const holder = async () => {
    const lease = await call("GET", `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/test`);
    return (lease as { spec: { holderIdentity: string; leaseTransitions: number } }).spec;
  };
  const start = (identity: string) => {
    const task = JSON.stringify({ access, namespace, identity });
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, task], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    const said: string[] = [];
    child.stdout.setEncoding("utf8").on("data", (text: string) => said.push(...text.trim().split("\n")));
    return { child, said };
  };
  const writes = (identity: string) =>
    eventually(async () => expect(await journal()).toHaveProperty(identity));
  return { namespace, journal, holder, start, writes };
}

/** Every write to the journal from here on, as who is named in it. */
async function follow(namespace: string) {
  const client = createKubeClient(await sharedControlPlane().connection());
  const stop = new AbortController();
  const writers: string[] = [];
  let last: Record<string, string> = {};
  const follow = async () => {
    const fieldSelector = "metadata.name=journal";
    try {
      for await (const event of client.watch(configMaps, { namespace, fieldSelector, signal: stop.signal })) {
        if (event.type === "BOOKMARK") continue;
        const { data = {} } = event.object as Journal;
        for (const [who, count] of Object.entries(data)) if (last[who] !== count) writers.push(who);
        last = data;
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  };
  const ended = follow();
  return {
    writers,
    async stop() {
      stop.abort();
      await ended;
      client.close();
    },
  };
}

describe("two processes", () => {
  test("hand over in order: the first gives the Lease back, the second need not wait for it to expire", async () => {
    const { holder, start, writes } = await setUp();
    const a = start("a");
    await writes("a");
    const b = start("b");
    a.child.kill("SIGTERM");
    expect(await once(a.child, "exit")).toEqual([0, null]);
    expect(a.said).toEqual(["leading", "stopped"]);
    await writes("b");
    expect(await holder()).toMatchObject({ holderIdentity: "b", leaseTransitions: 1 });
    expect(b.said).toEqual(["leading"]);
  });

  test("when the first is killed, the second takes over", async () => {
    const { holder, start, writes } = await setUp();
    const a = start("a");
    await writes("a");
    start("b");
    a.child.kill("SIGKILL");
    await writes("b");
    expect(await holder()).toMatchObject({ holderIdentity: "b", leaseTransitions: 1 });
  });

  test("when the first is stopped in the middle of its writes and goes on later, it writes no more", async () => {
    const { namespace, start, writes } = await setUp();
    const a = start("a");
    await writes("a");
    a.child.kill("SIGSTOP");
    start("b");
    await writes("b");
    const journal = await follow(namespace);
    await eventually(async () => expect(journal.writers).toContain("b"));
    const { length } = journal.writers;
    a.child.kill("SIGCONT");
    await eventually(async () => expect(a.said).toContain("refused"));
    await eventually(async () => expect(a.said).toContain("lost"));
    await eventually(async () => expect(journal.writers.length).toBeGreaterThan(length + 20));
    await journal.stop();
    // One that had passed the guard may have been stopped within the microseconds before its bytes left the process.
    const late = journal.writers.slice(length).filter((who) => who === "a");
    expect(late.length).toBeLessThanOrEqual(1);
  });
});
