/** The agent of a node inside the test, under its shipped role and a token of that node, with a network thread that only notes what it is told. */
import { type Agent, createAgent } from "../../../src/agent/agent.ts";
import type { BgpInput } from "../../../src/agent/bgp/input.ts";
import type { FromThread, ThreadSettings, ToThread } from "../../../src/agent/thread/messages.ts";
import type { World } from "../../../src/agent/world.ts";
import { createCache } from "../../../src/runtime/cache/cache.ts";
import { createEventRecorder } from "../../../src/runtime/events/recorder.ts";
import { createKubeClient } from "../../../src/runtime/kube/client.ts";
import type { Connection } from "../../../src/runtime/kube/connection.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { cachePart } from "../../../src/runtime/manager/cache-part.ts";
import { createManager } from "../../../src/runtime/manager.ts";
import { eventually } from "./installation.ts";

export interface AgentInTest {
  readonly agent: Agent;
  readonly told: readonly ToThread[];
  /** What BGP was told. */
  readonly routed: readonly BgpInput[];
  /** The settings of the network thread, once it was started. */
  settings(): Promise<ThreadSettings>;
  /** Says what the network thread would say. */
  say(message: FromThread): void;
  /** The newest world, once it passes the check, which throws where it does not. */
  world(check?: (world: World) => void): Promise<World>;
  /** Which nodes may announce an address by the newest world; undefined: it is not in it. */
  candidates(address: string): readonly string[] | undefined;
  /** The network thread fails. */
  fail(error: Error): void;
  /** As SIGTERM does. Resolves when it has ended; rejects with what made it fail. */
  stop(): Promise<void>;
  /** Settles as `stop` does, without stopping it. */
  readonly ended: Promise<void>;
}

/** @param left when the network thread has handed everything over, once it was told to leave; default: at once */
export function startAgent(connection: Connection, node: string, left = Promise.resolve()): AgentInTest {
  const client = createKubeClient(connection);
  const leaseClient = createKubeClient(connection);
  const cache = createCache({ client, logger: silentLogger });
  const events = createEventRecorder({ client, component: "fairlead-agent" });
  const told: ToThread[] = [];
  const routed: BgpInput[] = [];
  const started = Promise.withResolvers<ThreadSettings>();
  let say: (message: FromThread) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const agent = createAgent({
    node,
    version: "0.0.0-test",
    namespace: "fairlead-system",
    heartbeatPort: 7947,
    keys: "insecure",
    skipInterfaces: undefined,
    ignoreExcludeLabel: false,
    drainTaints: ["leaving"],
    client,
    leaseClient,
    cache,
    events,
    logger: silentLogger,
    frr: { directory: "/nonexistent", configFile: undefined },
    startBgp: () => ({
      apply: (input) => void routed.push(input),
      stop: () => Promise.resolve(),
    }),
    async startThread({ settings, onMessage, onFailure }) {
      say = onMessage;
      fail = onFailure;
      started.resolve(settings);
      return {
        now: () => performance.now(),
        post: (message) => void told.push(message),
        statistics: () => Promise.resolve(undefined),
        leave() {
          told.push({ kind: "leave" });
          return left;
        },
        stop: () => Promise.resolve(),
      };
    },
  });
  const stopping = new AbortController();
  const manager = createManager({ events, stopTimeoutMs: 6_000 }).add(cachePart(cache)).add(agent.part);
  const ended = manager.run(stopping.signal).finally(() => {
    client.close();
    leaseClient.close();
  });
  ended.catch(() => {});
  const worlds = () => told.flatMap((message) => (message.kind === "world" ? [message.world] : []));
  return {
    agent,
    told,
    routed,
    ended,
    settings: () => started.promise,
    say: (message) => say(message),
    fail: (error) => fail(error),
    candidates: (address) =>
      worlds()
        .at(-1)
        ?.addresses.find((each) => each.address === address)
        ?.candidates.map((each) => each.node),
    world: (check) =>
      eventually(() => {
        const world = worlds().at(-1);
        if (world === undefined) throw new Error("The network thread was told of no world yet");
        check?.(world);
        return world;
      }, "the network thread is told of the world"),
    stop() {
      stopping.abort(new Error("stopped by the test"));
      return ended;
    },
  };
}
