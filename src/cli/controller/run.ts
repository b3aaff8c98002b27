/** Puts the controller process together and runs it until it is told to stop. */

import { installation } from "../../api/names.ts";
import { createOperator } from "../../controllers/operator.ts";
import { createCache } from "../../runtime/cache/cache.ts";
import { createEventRecorder } from "../../runtime/events/recorder.ts";
import { createKubeClient } from "../../runtime/kube/client.ts";
import type { Connection } from "../../runtime/kube/connection.ts";
import { isInCluster } from "../../runtime/kube/in-cluster.ts";
import type { LeaderElector } from "../../runtime/leader-election.ts";
import { createLeaderElector } from "../../runtime/leader-election.ts";
import { createLogger, type Logger } from "../../runtime/logger.ts";
import { createManager } from "../../runtime/manager.ts";
import { createMetrics, type Metrics } from "../../runtime/metrics.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { healthServerOf } from "../health.ts";
import { bundledProviders } from "../providers.ts";
import type { Resolved } from "../settings/resolve.ts";
import { UserError } from "../user-error.ts";
import { version } from "../version.ts";
import { talkingCachePart } from "./cache-part.ts";
import { explained } from "./explain-lease.ts";
import type { ControllerSettings, controllerSettings } from "./settings.ts";
import { stopOnSignals } from "./signals.ts";

/** What a timer can hold: an API server that is away is waited for. */
const forEverMs = 2_147_483_647;

/** Returns the exit code. @throws UserError for what is wrong before the start. */
export async function runController(resolved: Resolved<typeof controllerSettings>): Promise<number> {
  const settings = resolved.values;
  const logger = await createLogger({ level: settings.logLevel, format: settings.logFormat });
  const connection = await connect(settings);
  const metrics = createMetrics({ processMetrics: true });
  const client = createKubeClient(connection, {
    userAgent: `fairlead/${version()}`,
    maxSockets: settings.kubeApiMaxConnections,
    onRequest: metrics.request,
  });
  const elector = settings.leaderElect ? createElector(settings, connection, metrics, logger) : undefined;
  logger.info("Starting", {
    version: version(),
    node: process.versions.node,
    pid: process.pid,
    server: connection.server,
    config: { ...resolved.effective, ...(elector && { leaderElectionNamespace: elector.namespace }) },
    origins: resolved.origins,
  });

  const guarded = elector === undefined ? client : client.guarded(elector.guard);
  const cache = createCache({ client, namespaces: settings.watchNamespace, logger, metrics: metrics.cache });
  const events = createEventRecorder({
    client: elector === undefined ? client : client.guarded(elector.guardEvents),
    component: "fairlead-controller",
    logger,
    metrics,
  });
  const manager = createManager({
    logger,
    health: healthServerOf(settings, metrics, logger),
    elector,
    events,
    startTimeoutMs: forEverMs,
    stopTimeoutMs: settings.shutdownTimeout,
  });
  const operator = createOperator({
    client: guarded,
    guard: elector?.guard,
    cache,
    events,
    providers: bundledProviders(),
    concurrency: settings.concurrency,
    verifyPeriodMs: settings.verifyPeriod,
    agentNamespace: elector?.namespace,
    logger,
    metrics,
  });
  manager.add(talkingCachePart({ cache, server: connection.server, logger })).add(operator);

  const stop = stopOnSignals(logger);
  try {
    await manager.run(stop.signal);
    return exitCodes.ok.code;
  } catch (error) {
    logger.error("The controller ends because a part of it failed", { error });
    return exitCodes.failed.code;
  } finally {
    stop.dispose();
    client.close();
    elector?.close();
  }
}

interface Elector extends Pick<LeaderElector, "run" | "isLeader" | "guard"> {
  readonly namespace: string;
  /** As `guard`, but passes also after this process has given the lease back in order: the last Events come then. */
  guardEvents(): void;
  close(): void;
}

function createElector(
  settings: ControllerSettings,
  connection: Connection,
  metrics: Metrics,
  logger: Logger,
): Elector {
  const inPod =
    settings.kubeconfig === undefined && settings.context === undefined && isInCluster(process.env);
  const namespace =
    settings.leaderElectionNamespace ??
    (inPod ? (connection.namespace ?? installation.namespace) : installation.namespace);
  // Sockets of its own: a renewal never stands in line behind the work.
  const client = createKubeClient(connection, {
    userAgent: `fairlead/${version()} leader-election`,
    maxSockets: 2,
    onRequest: metrics.request,
  });
  const name = settings.leaderElectionName;
  const elector = electorOf({
    client: explained(client, { namespace, name, logger }),
    namespace,
    name,
    leaseMs: settings.leaderElectionLeaseDuration,
    renewDeadlineMs: settings.leaderElectionRenewDeadline,
    retryMs: settings.leaderElectionRetryPeriod,
    logger,
    metrics,
    // At once: another may lead by now, and whatever this process still has in hand must not be sent.
    lost: () => process.exit(exitCodes.leaseLost.code),
  });
  let givenBack = false;
  return {
    namespace,
    isLeader: elector.isLeader,
    guard: elector.guard,
    async run(leadership) {
      const ended = await elector.run(leadership);
      givenBack = ended === "stopped";
      return ended;
    },
    guardEvents() {
      if (!givenBack) elector.guard();
    },
    close: () => client.close(),
  };
}

function electorOf(options: Parameters<typeof createLeaderElector>[0]): LeaderElector {
  try {
    return createLeaderElector(options);
  } catch (error) {
    throw new UserError(`Cannot use the times of --leader-election-…: ${(error as Error).message}`);
  }
}
