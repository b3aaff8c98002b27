/** The runtime's Prometheus metrics, under the names that controller-runtime made familiar. */
import { collectDefaultMetrics, Registry } from "prom-client";
import { type CacheRecording, cacheMetrics } from "./metrics/cache.ts";
import { type ControllerRecorder, controllerMetrics } from "./metrics/controller.ts";
import { type EventRecording, eventMetrics } from "./metrics/events.ts";
import { type LeaderRecorder, leaderMetrics } from "./metrics/leader-election.ts";
import { type FinishedRequest, requestMetrics } from "./metrics/requests.ts";
import { type QueueRecorder, type QueueState, workQueueMetrics } from "./metrics/work-queue.ts";

export type { CacheRecording } from "./metrics/cache.ts";
export type { ControllerRecorder } from "./metrics/controller.ts";
export type { EventRecording } from "./metrics/events.ts";
export type { LeaderRecorder } from "./metrics/leader-election.ts";
export type { FinishedRequest } from "./metrics/requests.ts";
export type { QueueRecorder, QueueState } from "./metrics/work-queue.ts";

export interface Metrics {
  /** For metrics of one's own: `new Counter({ …, registers: [metrics.registry] })`. */
  readonly registry: Registry;
  /** What `/metrics` answers, in the Prometheus text format. */
  render(): Promise<string>;
  readonly contentType: string;
  /** Announces a queue. Its label sets start at 0; `state` is asked at each scrape. */
  workQueue(name: string, state: () => QueueState): QueueRecorder;
  controller(name: string, concurrency: number): ControllerRecorder;
  /** Give this to the client as `onRequest`. */
  readonly request: (finished: FinishedRequest) => void;
  leaderElection(name: string): LeaderRecorder;
  readonly events: EventRecording;
  /** Give this to `createCache` as `metrics`. */
  readonly cache: CacheRecording;
}

export interface MetricsOptions {
  /** Adds `process_*` and `nodejs_*`. Default: false. */
  readonly processMetrics?: boolean;
}

export function createMetrics({ processMetrics = false }: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry });
  return {
    registry,
    render: () => registry.metrics(),
    contentType: registry.contentType,
    workQueue: workQueueMetrics(registry),
    controller: controllerMetrics(registry),
    request: requestMetrics(registry),
    leaderElection: leaderMetrics(registry),
    events: eventMetrics(registry),
    cache: cacheMetrics(registry),
  };
}
