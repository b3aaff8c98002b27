/**
 * The operator as a process of its own, ended by SIGTERM: `node controller.js KUBECONFIG`. What its parent orders is in `Order`; each order
 * is answered by one message when it is done.
 */
import { createOperator } from "../../../src/controllers/operator.ts";
import { createAws } from "../../../src/providers/aws/index.ts";
import { createCache } from "../../../src/runtime/cache/cache.ts";
import { sleep } from "../../../src/runtime/clock.ts";
import { createEventRecorder } from "../../../src/runtime/events/recorder.ts";
import { createKubeClient } from "../../../src/runtime/kube/client.ts";
import { loadConnection } from "../../../src/runtime/kube/connection.ts";
import { createLogger } from "../../../src/runtime/logger.ts";
import { cachePart } from "../../../src/runtime/manager/cache-part.ts";
import { createManager } from "../../../src/runtime/manager.ts";
import { createMetrics } from "../../../src/runtime/metrics.ts";
import { watchActivity } from "./activity.ts";
import { createLeapingClock } from "./leaping-clock.ts";

export type Order =
  /**
   * Resolves when nothing is in hand, nothing will be within some seconds, and load balancers were looked at so often since the start.
   * With `leaps` the waits of the work pass at once: for counts, not for times.
   */
  | { readonly do: "settle"; readonly looks: number; readonly leaps: boolean }
  /** Lets time pass, as fast as the work in it can be done. */
  | { readonly do: "pass"; readonly ms: number };

/** No wait of the work in hand is longer; what is only due later is no work in hand. */
const soonMs = 5_000;
const settledMs = 400;
/** Between two requests of one piece of work, and some more. */
const pauseMs = 10;
/** Time passes in steps of that at least, while requests wait for their rate. */
const stepMs = 1_000;

const [kubeconfig = ""] = process.argv.slice(2);
const logger = await createLogger({ level: "error", format: "text" });
const metrics = createMetrics();
const activity = watchActivity(metrics);
const clock = createLeapingClock();
const client = createKubeClient(await loadConnection({ kubeconfig }));
const cache = createCache({ client, logger });
const events = createEventRecorder({ client, component: "fairlead-controller" });
const providers = [createAws()];
const operator = createOperator({ client, cache, events, providers, clock, logger, metrics });
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort(new Error("SIGTERM")));
process.on("disconnect", () => stop.abort(new Error("The benchmark has ended")));
process.on("message", (order: Order) => {
  void (order.do === "settle" ? settle(order) : pass(order.ms)).then(() => process.send?.("done"));
});
await createManager({ events }).add(cachePart(cache)).add(operator).run(stop.signal);
client.close();
if (process.connected) process.disconnect();

async function settle({ looks, leaps }: Extract<Order, { do: "settle" }>): Promise<void> {
  for (;;) {
    await activity.quiet(leaps ? pauseMs : settledMs);
    const nextMs = clock.nextInMs() ?? soonMs;
    if (await isDone(nextMs, looks)) {
      // What was just written comes back by a watch.
      await activity.quiet(settledMs);
      if (await isDone(clock.nextInMs() ?? soonMs, looks)) return;
    } else if (leaps && nextMs < soonMs) clock.leap(Math.max(stepMs, nextMs));
    else await sleep(pauseMs);
  }
}

async function isDone(nextMs: number, looks: number): Promise<boolean> {
  return nextMs >= soonMs && !(await activity.hasWork()) && (await activity.looks()) >= looks;
}

async function pass(ms: number): Promise<void> {
  const end = clock.monotonic() + ms;
  for (;;) {
    await activity.quiet(pauseMs);
    const leftMs = end - clock.monotonic();
    if (leftMs <= 0) return;
    clock.leap(Math.min(leftMs, Math.max(stepMs, clock.nextInMs() ?? leftMs)));
  }
}
