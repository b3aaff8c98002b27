import { expect, test } from "@jest/globals";
import { createMetrics } from "../../../src/runtime/metrics.ts";
import { createWorkQueue, Priority } from "../../../src/runtime/queue/work-queue.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";

async function lines(metrics: ReturnType<typeof createMetrics>): Promise<string[]> {
  return (await metrics.render()).split("\n");
}

test("every label set is there with 0 before anything happened", async () => {
  const metrics = createMetrics();
  metrics.controller("service", 4);
  createWorkQueue({ name: "service", metrics });
  metrics.leaderElection("fairlead");
  expect(await lines(metrics)).toEqual(
    expect.arrayContaining([
      'workqueue_depth{name="service",controller="service",priority="0"} 0',
      'workqueue_adds_total{name="service",controller="service"} 0',
      'workqueue_retries_total{name="service",controller="service"} 0',
      'workqueue_unfinished_work_seconds{name="service",controller="service"} 0',
      'workqueue_longest_running_processor_seconds{name="service",controller="service"} 0',
      'workqueue_queue_duration_seconds_count{name="service",controller="service"} 0',
      'workqueue_work_duration_seconds_count{name="service",controller="service"} 0',
      'controller_runtime_reconcile_total{controller="service",result="success"} 0',
      'controller_runtime_reconcile_total{controller="service",result="error"} 0',
      'controller_runtime_reconcile_total{controller="service",result="requeue"} 0',
      'controller_runtime_reconcile_total{controller="service",result="requeue_after"} 0',
      'controller_runtime_reconcile_errors_total{controller="service"} 0',
      'controller_runtime_terminal_reconcile_errors_total{controller="service"} 0',
      'controller_runtime_reconcile_panics_total{controller="service"} 0',
      'controller_runtime_reconcile_timeouts_total{controller="service"} 0',
      'controller_runtime_max_concurrent_reconciles{controller="service"} 4',
      'controller_runtime_active_workers{controller="service"} 0',
      'controller_runtime_reconcile_time_seconds_count{controller="service"} 0',
      'leader_election_master_status{name="fairlead"} 0',
      'leader_election_slowpath_total{name="fairlead"} 0',
      'fairlead_events_dropped_total{reason="spam"} 0',
    ]),
  );
});

test("a queue shows its depth by priority and how long its workers have been busy", async () => {
  const clock = createFakeClock();
  const metrics = createMetrics();
  const queue = createWorkQueue({ name: "q", clock, metrics, random: () => 1 });
  for (const key of ["a", "b", "c"]) queue.add(key, { priority: Priority.background });
  queue.add("d");
  queue.add("e");
  queue.add("e");
  const key = (await queue.take()) as string;
  await clock.advance(3000);
  expect(await lines(metrics)).toEqual(
    expect.arrayContaining([
      'workqueue_depth{name="q",controller="q",priority="0"} 1',
      'workqueue_depth{name="q",controller="q",priority="-100"} 3',
      'workqueue_adds_total{name="q",controller="q"} 5',
      'workqueue_unfinished_work_seconds{name="q",controller="q"} 3',
      'workqueue_longest_running_processor_seconds{name="q",controller="q"} 3',
    ]),
  );
  queue.addRateLimited(key);
  queue.done(key);
  expect(await lines(metrics)).toEqual(
    expect.arrayContaining([
      'workqueue_retries_total{name="q",controller="q"} 1',
      'workqueue_work_duration_seconds_sum{name="q",controller="q"} 3',
    ]),
  );
});

test("requests are counted by code and method; one without an answer too", async () => {
  const metrics = createMetrics();
  const host = "10.0.0.1:6443";
  metrics.request({ method: "GET", host, status: 200, durationMs: 20 });
  metrics.request({ method: "PATCH", host, status: 503, durationMs: 20, retries: 2 });
  metrics.request({ method: "GET", host, status: undefined, durationMs: 20 });
  expect(await lines(metrics)).toEqual(
    expect.arrayContaining([
      `rest_client_requests_total{code="200",method="GET",host="${host}"} 1`,
      `rest_client_requests_total{code="<error>",method="GET",host="${host}"} 1`,
      `rest_client_request_retries_total{code="503",verb="PATCH",host="${host}"} 2`,
      `rest_client_request_duration_seconds_count{verb="GET",host="${host}"} 2`,
    ]),
  );
});
