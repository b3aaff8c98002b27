/** What people are told when something happens to many addresses at once. */
import { expect, test } from "@jest/globals";
import { createHappenings } from "../../../src/agent/happenings.ts";
import type { LoadBalancer } from "../../../src/api/load-balancer.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";

function setUp() {
  const clock = createFakeClock();
  const told: { readonly kind: string; readonly message: string }[] = [];
  const lines: string[] = [];
  const lb = {
    apiVersion: "fairlead.io/v1alpha1",
    kind: "LoadBalancer",
    metadata: { namespace: "web", name: "shop" },
    spec: { serviceRef: { name: "shop", uid: "1" } },
  } as unknown as LoadBalancer;
  const happenings = createHappenings({
    node: "node-a",
    loadBalancersWith: () => [lb],
    events: { event: ({ kind }, _type, _reason, message) => void told.push({ kind: kind ?? "", message }) },
    logger: { ...silentLogger, info: (message) => void lines.push(message) },
    clock,
  });
  return { clock, told, lines, happenings };
}

const takenOver = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => {
    const address = `10.1.${(from + at) >> 8}.${(from + at) & 255}`;
    return { level: "info" as const, reason: "TookOver", message: `Announces ${address}`, address };
  });

test("of 700 addresses ten are told one by one, and all others together within a second", async () => {
  const { clock, told, lines, happenings } = setUp();
  for (let at = 0; at < 7; at += 1) happenings.tell(takenOver(100 * at, 100));
  expect(lines).toHaveLength(10);
  await clock.advance(1_000);
  expect(lines).toHaveLength(11);
  expect(lines[10]).toMatch(
    /^690 times .* 10\.1\.0\.10, .* and 670 more; the first: Announces 10\.1\.0\.10$/,
  );
  expect(told.map(({ kind }) => kind)).toEqual([...Array<string>(10).fill("Service"), "Announcer"]);
  expect(told[10]?.message.length).toBeLessThan(1_024);
  happenings.tell(takenOver(0, 1));
  expect(lines).toHaveLength(12);
});

test("what still waits is told at the end", () => {
  const { lines, happenings } = setUp();
  happenings.tell(takenOver(0, 12));
  happenings.end();
  expect(lines).toHaveLength(11);
});
