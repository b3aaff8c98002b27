/** What the network thread asks of a session is done, and what comes of it is told to the thread. */
import { expect, test } from "@jest/globals";
import { createNodeState } from "../../../src/agent/node-state.ts";
import { startSession } from "../../../src/agent/session.ts";
import type { FromThread, ToThread } from "../../../src/agent/thread/messages.ts";
import type { ClusterWatch } from "../../../src/agent/watch/cluster-watch.ts";
import type { KubeClient } from "../../../src/runtime/kube/client.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { createSimulation } from "./membership/simulation.ts";

async function session() {
  const world = createSimulation();
  const posted: ToThread[] = [];
  let tell: (message: FromThread) => void = () => {};
  const stop = new AbortController();
  // Writes of the Announcer are not looked at here.
  const never = { get: () => new Promise(() => {}), replaceStatus: () => new Promise(() => {}) };
  const owner = { name: "node-a", uid: "node-uid" };
  const running = await startSession({
    identity: { cluster: "cluster", owner, incarnation: 7, written: undefined } as never,
    settings: { heartbeatPort: 0, keys: "insecure", skipInterfaces: undefined },
    namespace: "fairlead-system",
    client: never as unknown as KubeClient,
    leaseClient: world.client as unknown as KubeClient,
    state: createNodeState({ version: "test", heartbeatPort: 0, now: world.now }),
    informers: { announcers: { size: 3, on: () => {} } } as unknown as ClusterWatch["informers"],
    startThread: async ({ onMessage }) => {
      tell = onMessage;
      return {
        now: world.now,
        post: (message) => void posted.push(message),
        statistics: async () => undefined,
        leave: async () => {},
        stop: async () => {},
      };
    },
    onMessage: () => {},
    refresh: async () => {},
    fail: (error) => {
      throw error;
    },
    replaced: () => {},
    logger: silentLogger,
    clock: world.clock,
    stop: stop.signal,
  });
  return { world, posted, running, tell: (message: FromThread) => tell(message) };
}

test("when the thread wants the API server it is asked at once, and its answer told with the time of the question", async () => {
  const { world, posted, tell } = await session();
  await world.pass(1_234);
  const askedAt = world.now();
  tell({ kind: "api-wanted" });
  await world.pass(100);
  expect(world.requests).toEqual([{ verb: "get", name: "fairlead-agent-node-a", atMs: askedAt }]);
  expect(posted).toEqual([{ kind: "api-reached", at: askedAt }]);
});

test("while it does not answer nothing is told, and each question is a new one", async () => {
  const { world, posted, tell } = await session();
  world.setAway(true);
  for (let count = 0; count < 3; count += 1) {
    tell({ kind: "api-wanted" });
    await world.pass(500);
  }
  expect(posted).toEqual([]);
  world.setAway(false);
  const askedAt = world.now();
  tell({ kind: "api-wanted" });
  await world.pass(100);
  expect(world.requests).toHaveLength(4);
  expect(posted).toEqual([{ kind: "api-reached", at: askedAt }]);
});
