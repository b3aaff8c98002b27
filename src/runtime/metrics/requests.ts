/** `rest_client_*`: what was asked of the API server. */
import { Counter, Histogram, type Registry } from "prom-client";

/** What the client tells about a request that has ended. */
export interface FinishedRequest {
  readonly method: string;
  /** `host:port` of the server. */
  readonly host: string;
  /** The HTTP status; undefined when no answer came. */
  readonly status?: number | undefined;
  readonly durationMs: number;
  /** Sends beyond the first. */
  readonly retries?: number | undefined;
}

const seconds = [5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

export function requestMetrics(registry: Registry) {
  const registers = [registry];
  const total = new Counter({
    name: "rest_client_requests_total",
    help: "Requests by status code and method; code <error> when no answer came",
    labelNames: ["code", "method", "host"],
    registers,
  });
  const duration = new Histogram({
    name: "rest_client_request_duration_seconds",
    help: "How long requests take, from the first send to the answer",
    labelNames: ["verb", "host"],
    buckets: seconds,
    registers,
  });
  const retries = new Counter({
    name: "rest_client_request_retries_total",
    help: "Sends beyond the first of a request",
    labelNames: ["code", "verb", "host"],
    registers,
  });
  return ({ method, host, status, durationMs, retries: again = 0 }: FinishedRequest): void => {
    const code = status === undefined ? "<error>" : String(status);
    total.inc({ code, method, host });
    duration.observe({ verb: method, host }, durationMs / 1000);
    if (again > 0) retries.inc({ code, verb: method, host }, again);
  };
}
