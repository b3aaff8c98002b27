/** `controller_runtime_*`: how reconciles end and how long they take. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export type ReconcileOutcome = "success" | "error" | "requeue" | "requeue_after";

export interface ControllerRecorder {
  started(): void;
  ended(outcome: ReconcileOutcome, tookMs: number): void;
  /** An error that is not tried again; call beside `ended("error")`. */
  terminal(): void;
  /** Something was thrown that only a mistake in the code throws. */
  panicked(): void;
  timedOut(): void;
}

const outcomes: readonly ReconcileOutcome[] = ["success", "error", "requeue", "requeue_after"];
const seconds = [5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600];

export function controllerMetrics(registry: Registry) {
  const labelNames = ["controller"] as const;
  const registers = [registry];
  const counter = (name: string, help: string) =>
    new Counter({ name: `controller_runtime_${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `controller_runtime_${name}`, help, labelNames, registers });

  const total = new Counter({
    name: "controller_runtime_reconcile_total",
    help: "Reconciles by result",
    labelNames: ["controller", "result"],
    registers,
  });
  const errors = counter("reconcile_errors_total", "Reconciles that failed");
  const terminals = counter(
    "terminal_reconcile_errors_total",
    "Failures that wait for a change of the object",
  );
  const panics = counter("reconcile_panics_total", "Reconciles that failed by a mistake in the code");
  const timeouts = counter("reconcile_timeouts_total", "Reconciles that took longer than allowed");
  const workers = gauge("max_concurrent_reconciles", "How many reconciles may run at once");
  const active = gauge("active_workers", "How many reconciles run now");
  const time = new Histogram({
    name: "controller_runtime_reconcile_time_seconds",
    help: "How long a reconcile takes",
    labelNames,
    buckets: seconds,
    registers,
  });

  return (name: string, concurrency: number): ControllerRecorder => {
    const labels = { controller: name };
    for (const result of outcomes) total.inc({ ...labels, result }, 0);
    for (const metric of [errors, terminals, panics, timeouts]) metric.inc(labels, 0);
    workers.set(labels, concurrency);
    active.set(labels, 0);
    time.zero(labels);
    return {
      started: () => active.inc(labels),
      ended(result, tookMs) {
        active.dec(labels);
        total.inc({ ...labels, result });
        if (result === "error") errors.inc(labels);
        time.observe(labels, tookMs / 1000);
      },
      terminal: () => terminals.inc(labels),
      panicked: () => panics.inc(labels),
      timedOut: () => timeouts.inc(labels),
    };
  };
}
