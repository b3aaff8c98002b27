/** `workqueue_*`: how long the line is, how long one stands in it, and how long the work takes. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What a queue says about itself when it is asked. */
export interface QueueState {
  readonly waiting: readonly { readonly priority: number; readonly size: number }[];
  /** For each key being worked on: since how long. */
  readonly runningMs: readonly number[];
}

export interface QueueRecorder {
  added(): void;
  started(waitedMs: number): void;
  finished(workedMs: number): void;
  retried(): void;
}

/** From 10 µs to 1000 s: work ranges from a look into the cache to a cloud's slow day. */
const seconds = [
  1e-5, 1e-4, 1e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1000,
];

export function workQueueMetrics(registry: Registry) {
  const queues = new Map<string, () => QueueState>();
  const labelNames = ["name", "controller"] as const;
  const registers = [registry];

  new Gauge({
    name: "workqueue_depth",
    help: "Keys that wait for a worker, by priority",
    labelNames: [...labelNames, "priority"],
    registers,
    collect() {
      this.reset();
      for (const [name, state] of queues) {
        this.set({ name, controller: name, priority: "0" }, 0);
        for (const { priority, size } of state().waiting) {
          this.set({ name, controller: name, priority: String(priority) }, size);
        }
      }
    },
  });
  new Gauge({
    name: "workqueue_unfinished_work_seconds",
    help: "Sum over the keys being worked on of the time since their work began; a steady rise means stuck workers",
    labelNames,
    registers,
    collect() {
      for (const [name, state] of queues) {
        const totalMs = state().runningMs.reduce((sum, ms) => sum + ms, 0);
        this.set({ name, controller: name }, totalMs / 1000);
      }
    },
  });
  new Gauge({
    name: "workqueue_longest_running_processor_seconds",
    help: "Time since the longest running worker took its key",
    labelNames,
    registers,
    collect() {
      for (const [name, state] of queues) {
        this.set({ name, controller: name }, Math.max(0, ...state().runningMs) / 1000);
      }
    },
  });
  const adds = new Counter({
    name: "workqueue_adds_total",
    help: "Keys added, those that were waiting already not counted",
    labelNames,
    registers,
  });
  const retries = new Counter({
    name: "workqueue_retries_total",
    help: "Keys added again after a failure, with backoff",
    labelNames,
    registers,
  });
  const waited = new Histogram({
    name: "workqueue_queue_duration_seconds",
    help: "How long a key was ready before a worker took it",
    labelNames,
    buckets: seconds,
    registers,
  });
  const worked = new Histogram({
    name: "workqueue_work_duration_seconds",
    help: "How long a worker was busy with a key",
    labelNames,
    buckets: seconds,
    registers,
  });

  return (name: string, state: () => QueueState): QueueRecorder => {
    const labels = { name, controller: name };
    queues.set(name, state);
    adds.inc(labels, 0);
    retries.inc(labels, 0);
    waited.zero(labels);
    worked.zero(labels);
    const [add, retry, wait, work] = [adds, retries, waited, worked].map((metric) =>
      metric.labels(labels),
    ) as [Counter.Internal, Counter.Internal, Histogram.Internal<string>, Histogram.Internal<string>];
    return {
      added: () => add.inc(),
      retried: () => retry.inc(),
      started: (waitedMs) => wait.observe(waitedMs / 1000),
      finished: (workedMs) => work.observe(workedMs / 1000),
    };
  };
}
