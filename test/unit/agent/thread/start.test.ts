/** The thread from the sources, and from the bundle. It needs no privileges to start. */
import { once } from "node:events";
import { writeSync } from "node:fs";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir, uptime } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { expect, test } from "@jest/globals";
import { bundle } from "../../../../scripts/build/bundle.ts";
import { createControl } from "../../../../src/agent/thread/control.ts";
import type { FromThread, ThreadSettings } from "../../../../src/agent/thread/messages.ts";
import { startNetworkThread, type WorkerData } from "../../../../src/agent/thread/start.ts";

// Port 0: the kernel chooses one. Every interface is skipped, so nothing is sent.
const settings: ThreadSettings = {
  node: "node-a",
  incarnation: 1,
  heartbeatPort: 0,
  keys: [new Uint8Array(32)],
  skipInterfaces: [""],
};

test("tells what it is able to do and its interfaces, counts the same time as the kernel, and stops", async () => {
  const messages: FromThread[] = [];
  const failures: Error[] = [];
  const thread = await startNetworkThread({
    settings,
    onMessage: (message) => messages.push(message),
    onFailure: (error) => failures.push(error),
  });
  // Which has two digits of it.
  const before = uptime() * 1_000;
  const now = thread.now();
  const after = uptime() * 1_000;
  const statistics = await thread.statistics();
  await thread.stop();
  expect(now).toBeGreaterThan(before - 1);
  expect(now).toBeLessThan(after + 11);
  expect(statistics).toMatchObject({
    heartbeats: { sent: 0, received: 0, refused: {} },
    peers: [],
    addresses: [],
  });
  expect(messages.slice(0, 2).map(({ kind }) => kind)).toEqual(["started", "interfaces"]);
  expect(failures).toEqual([]);
  // Nobody waits for one that is gone.
  expect(await thread.statistics()).toBeUndefined();
  await thread.leave();
  await thread.stop();
}, 60_000);

test("what makes it fail later is told once, and what keeps it from starting is thrown", async () => {
  const failures: string[] = [];
  const gone = Promise.withResolvers<void>();
  const thread = await startNetworkThread({
    settings,
    onMessage: () => {},
    onFailure(error) {
      failures.push(error.message);
      gone.resolve();
    },
  });
  thread.post({ kind: "keys", keys: [] });
  await gone.promise;
  await thread.stop();
  expect(failures).toEqual(["The network thread failed: No key to sign heartbeats with"]);

  const start = startNetworkThread({
    settings: { ...settings, skipInterfaces: ["("] },
    onMessage: () => {},
    onFailure: (error) => failures.push(error.message),
  });
  await expect(start).rejects.toThrow("Invalid regular expression");
  expect(failures).toHaveLength(1);
}, 60_000);

test("it starts from the bundle", async () => {
  const directory = await mkdtemp(join(tmpdir(), "fairlead-bundle-"));
  try {
    await bundle({ outdir: directory });
    await symlink(
      fileURLToPath(new URL("../../../../node_modules", import.meta.url)),
      join(directory, "node_modules"),
    );
    const control = createControl();
    const workerData: WorkerData = { memory: control.memory, settings };
    const worker = new Worker(join(directory, "later/network-thread.js"), { workerData });
    const [first] = (await once(worker, "message")) as [FromThread];
    expect(first.kind).toBe("started");
    const exit = once(worker, "exit");
    control.requestStop();
    if (control.wakeFd !== undefined) writeSync(control.wakeFd, new BigUint64Array([1n]));
    expect(await exit).toEqual([0]);
  } finally {
    await rm(directory, { recursive: true });
  }
}, 120_000);
