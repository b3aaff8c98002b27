/** Which agents are held to be silent, by what is seen of their Leases. */
import { expect, test } from "@jest/globals";
import {
  createLeaseBook,
  createSilentAgents,
} from "../../../../src/controllers/announcements/silent-agents.ts";

import { systemClock } from "../../../../src/runtime/clock.ts";
import { silentLogger } from "../../../../src/runtime/logger.ts";

const start = Date.parse("2026-01-01T00:00:00Z");
const lease = (name: string, renewedMs: number, leaseDurationSeconds = 9) => ({
  metadata: { name },
  spec: { renewTime: new Date(start + renewedMs).toISOString(), leaseDurationSeconds },
});
const at = (ms: number) => ({ monotonicMs: 5_000 + ms, nowMs: start + ms });

test("one whose Lease does not change for as long as it lasts, whatever the clock of its node says", () => {
  const book = createLeaseBook();
  // A clock that is a minute slow.
  expect(book.silent([lease("fairlead-agent-a", -60_000)], at(0))).toEqual(new Set());
  expect(book.silent([lease("fairlead-agent-a", -51_000)], at(9_500))).toEqual(new Set());
  expect(book.silent([lease("fairlead-agent-a", -51_000)], at(18_000))).toEqual(new Set());
  expect(book.silent([lease("fairlead-agent-a", -51_000)], at(19_000))).toEqual(new Set(["a"]));
  expect(book.silent([lease("fairlead-agent-a", -30_000)], at(30_000))).toEqual(new Set());
});

test("at first sight, one that is older than clocks may differ; never one without a Lease, or the controller", () => {
  const silent = createLeaseBook().silent(
    [
      lease("fairlead-agent-old", -300_000),
      lease("fairlead-agent-slow", -100_000),
      lease("fairlead-controller", -300_000),
      { metadata: { name: "fairlead-agent-new" } },
    ],
    at(0),
  );
  expect(silent).toEqual(new Set(["old"]));
});

test("one that has begun anew is heard before its Lease is looked at again, and is looked at again all the same", async () => {
  const agents = createSilentAgents({
    client: { list: async () => ({ items: [lease("fairlead-agent-a", -300_000)] }) } as never,
    namespace: "fairlead-system",
    hasAgents: () => true,
    clock: { ...systemClock, now: () => start },
    logger: silentLogger,
  });
  const { signal } = new AbortController();
  expect(await agents.look(signal)).toEqual(["a"]);
  expect(agents.has("a")).toBe(true);
  agents.begun("a");
  expect(agents.has("a")).toBe(false);
  expect(await agents.look(signal)).toEqual(["a"]);
});
