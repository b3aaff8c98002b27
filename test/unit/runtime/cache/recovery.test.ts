import { expect, test } from "@jest/globals";
import { afterFailure } from "../../../../src/runtime/cache/recovery.ts";
import { ApiError } from "../../../../src/runtime/kube/api-error.ts";
import { TransportError } from "../../../../src/runtime/kube/transport.ts";

const away = new TransportError("ECONNREFUSED", "connect ECONNREFUSED", { sent: false });
const refusal = (status: number) => new ApiError("watch widgets", { status, reason: "Any", message: "any" });

const failure = { streaming: true, fruitless: 9, sinceListMs: 1_000 } as const;

test.each([
  { what: "nobody answers a watch", error: away, during: "watch", wait: "unreachable", next: "watch" },
  { what: "nobody answers a list", error: away, during: "list", wait: "unreachable", next: "list" },
  { what: "the storage initializes", error: refusal(429), during: "watch", wait: "refused", next: "list" },
  { what: "what was seen is forgotten", error: refusal(410), during: "watch", wait: "refused", next: "list" },
  { what: "the server can't say", error: refusal(503), during: "list", wait: "refused", next: "list" },
] as const)(
  "when $what, the $next is tried after a wait of its own kind",
  ({ error, during, wait, next }) => {
    expect(afterFailure({ ...failure, error, during })).toMatchObject({ wait, next });
  },
);

test.each([
  [30_000, 30_000],
  [3_600_000, 120_000],
])("of the %d ms that a server asks for it is left alone for %d", (retryAfterMs, atLeastMs) => {
  const error = new ApiError("watch widgets", { status: 503, reason: "Any", message: "any", retryAfterMs });
  expect(afterFailure({ ...failure, error, during: "watch" })).toMatchObject({ atLeastMs });
});
