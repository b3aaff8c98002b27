/** Puts the agent's process together and runs it until it is told to stop. */

import { type Agent, type AgentView, createAgent } from "../../agent/agent.ts";
import { bgpMetrics } from "../../agent/bgp/metrics.ts";
import { startBgp } from "../../agent/bgp/start-bgp.ts";
import { isOpenToAll, readKeyFile, watchKeyFile } from "../../agent/heartbeat/key-file.ts";
import { agentMetrics } from "../../agent/metrics.ts";
import { giveBackMemory } from "../../agent/thread/give-back-memory.ts";
import type { HeartbeatKeys } from "../../agent/thread/messages.ts";
import { startNetworkThread } from "../../agent/thread/start.ts";
import { installation } from "../../api/names.ts";
import { createCache } from "../../runtime/cache/cache.ts";
import { messageOf } from "../../runtime/errors.ts";
import { createEventRecorder } from "../../runtime/events/recorder.ts";
import { createKubeClient } from "../../runtime/kube/client.ts";
import type { Connection } from "../../runtime/kube/connection.ts";
import { isInCluster } from "../../runtime/kube/in-cluster.ts";
import { createLogger } from "../../runtime/logger.ts";
import { createManager } from "../../runtime/manager.ts";
import { createMetrics } from "../../runtime/metrics.ts";
import { connect } from "../connect.ts";
import { talkingCachePart } from "../controller/cache-part.ts";
import { stopOnSignals } from "../controller/signals.ts";
import { exitCodes } from "../exit-codes.ts";
import { healthServerOf } from "../health.ts";
import type { Resolved } from "../settings/resolve.ts";
import { UserError } from "../user-error.ts";
import { version } from "../version.ts";
import { banner } from "./banner.ts";
import { beOnlyAgent } from "./only-one.ts";
import type { AgentSettings, agentSettings } from "./settings.ts";

/** What a timer can hold: an API server that is away is waited for. */
const forEverMs = 2_147_483_647;
/** The burst of the start is over by then. */
const settledMs = 5_000;
/** Handing over and the last writes take 5 s at most. */
const stopMs = 6_000;

/** Returns the exit code. @throws UserError for what is wrong before the start. */
export async function runAgent(resolved: Resolved<typeof agentSettings>): Promise<number> {
  const settings = resolved.values;
  const { nodeName: node, heartbeatKeyFile: keyFile } = settings;
  if (node === undefined)
    throw new UserError(
      "Say which node this is: --node-name NAME, or the variable FAIRLEAD_NODE_NAME",
      "In a pod: env: [{name: FAIRLEAD_NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]",
    );
  const keys = await keysOf(settings);
  using _ = await beOnlyAgent(node);
  const logger = await createLogger({ level: settings.logLevel, format: settings.logFormat });
  const connection = await connect(settings);
  const namespace = settings.namespace ?? ownNamespace(settings, connection);
  const metrics = createMetrics({ processMetrics: true });
  const connected = (purpose: string, maxSockets: number) =>
    createKubeClient(connection, {
      userAgent: `fairlead-agent/${version()}${purpose}`,
      maxSockets,
      onRequest: metrics.request,
    });
  const client = connected("", 2);
  const leaseClient = connected(" lease", 4);
  logger.info("Starting", {
    version: version(),
    pid: process.pid,
    server: connection.server,
    config: { ...resolved.effective, namespace },
    origins: resolved.origins,
  });

  // Where a Secret is mounted into a container nobody else is there to read it.
  if (keyFile !== undefined && !isInCluster(process.env) && (await isOpenToAll(keyFile)))
    logger.warn("Every user of this machine can read the keys of heartbeats", {
      file: keyFile,
      advice: `chmod 600 ${keyFile}: whoever has the keys can take every address away`,
    });

  const cache = createCache({ client, logger, metrics: metrics.cache });
  const events = createEventRecorder({
    client,
    component: "fairlead-agent",
    instance: node,
    logger,
    metrics,
  });
  let agent: Agent | undefined;
  const recording = agentMetrics(metrics.registry, () => agent);
  bgpMetrics(metrics.registry, () => agent?.view().bgp);
  agent = createAgent({
    node,
    version: version(),
    namespace,
    heartbeatPort: settings.heartbeatPort,
    keys,
    skipInterfaces: settings.skipInterfaces,
    ignoreExcludeLabel: settings.ignoreExcludeLabel,
    drainTaints: settings.drainTaints,
    client,
    leaseClient,
    cache,
    cacheMetrics: metrics.cache,
    events,
    logger,
    startThread: startNetworkThread,
    frr: { directory: settings.frrDirectory, configFile: settings.frrConfigFile },
    startBgp,
    onStarted: (view) => print(view),
    onHappening: recording.happened,
  });
  const manager = createManager({
    logger,
    health: healthServerOf(settings, metrics, logger),
    events,
    startTimeoutMs: forEverMs,
    stopTimeoutMs: stopMs,
  });
  manager.add(talkingCachePart({ cache, server: connection.server, logger })).add(agent.part);
  if (keys !== "insecure" && keyFile !== undefined) {
    const { setKeys } = agent;
    manager.add({
      name: "heartbeat-keys",
      group: "always",
      run: (signal) => watchKeyFile({ path: keyFile, keys, onKeys: setKeys, signal, logger }),
    });
  }

  const stop = stopOnSignals(logger);
  const settled = setTimeout(giveBackMemory, settledMs);
  try {
    await manager.run(stop.signal);
    return exitCodes.ok.code;
  } catch (error) {
    logger.error("The agent ends because a part of it failed", { error });
    return exitCodes.failed.code;
  } finally {
    clearTimeout(settled);
    stop.dispose();
    client.close();
    leaseClient.close();
  }

  function print(view: AgentView): void {
    const { heartbeatPort } = settings;
    const counted = keys === "insecure" ? undefined : keys.length;
    process.stdout.write(
      banner({ version: version(), node: node ?? "", agent: view, heartbeatPort, keys: counted, keyFile }),
    );
  }
}

/** @throws UserError without keys, unless told so. */
async function keysOf({ heartbeatKeyFile, insecureHeartbeats }: AgentSettings): Promise<HeartbeatKeys> {
  if (heartbeatKeyFile === undefined) {
    if (insecureHeartbeats) return "insecure";
    throw new UserError(
      "The agent needs a key for its heartbeats: without one, whoever can send packets to the nodes can take addresses away",
      "Make one with `openssl rand -base64 32`, give the same to all nodes, and name its file with --heartbeat-key-file FILE.",
      "In a network that is nobody else's: --insecure-heartbeats.",
    );
  }
  if (insecureHeartbeats) throw new UserError("Give --heartbeat-key-file or --insecure-heartbeats, not both");
  try {
    return await readKeyFile(heartbeatKeyFile);
  } catch (error) {
    throw new UserError(messageOf(error));
  }
}

function ownNamespace(settings: AgentSettings, connection: Connection): string {
  const inPod =
    settings.kubeconfig === undefined && settings.context === undefined && isInCluster(process.env);
  return (inPod ? connection.namespace : undefined) ?? installation.namespace;
}
