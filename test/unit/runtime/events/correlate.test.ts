import { expect, test } from "@jest/globals";
import type { KubeObject } from "../../../../src/api/meta.ts";
import { type Correlation, createCorrelator } from "../../../../src/runtime/events/correlate.ts";
import { happening } from "../../../../src/runtime/events/event-object.ts";

const service = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "shop", name, uid: `uid-${name}` },
});
const warning = (message: string, name = "web", reason = "Failed") =>
  happening(service(name), "Warning", reason, message);
const keyOf = (found: Correlation) => (found.as === "event" ? found.key : undefined);
const minutes = (count: number) => count * 60_000;

test("equal happenings are one Event; another object, type, reason or message makes it another", () => {
  const correlate = createCorrelator();
  const first = keyOf(correlate(warning("no room"), 0));
  expect(keyOf(correlate(warning("no room"), 1))).toBe(first);
  const others = [
    warning("no room", "api"),
    warning("no room", "web", "Pending"),
    warning("no pool"),
    happening(service("web"), "Normal", "Failed", "no room"),
  ].map((one) => keyOf(correlate(one, 2)));
  expect(new Set([first, ...others]).size).toBe(5);
});

test("from the tenth message on they are combined; what has an Event of its own goes on counting there", () => {
  const correlate = createCorrelator();
  const found = Array.from({ length: 12 }, (_, n) => correlate(warning(`request ${n} failed`), n));
  expect(new Set(found.slice(0, 9).map(keyOf)).size).toBe(9);
  expect(new Set(found.slice(9).map(keyOf)).size).toBe(1);
  expect(found[11]).toMatchObject({ message: "(combined from similar events): request 11 failed" });
  expect(keyOf(correlate(warning("request 3 failed"), 20))).toBe(keyOf(found[3] as Correlation));
});

test("after ten quiet minutes messages get Events of their own again", () => {
  const correlate = createCorrelator();
  for (let n = 0; n < 12; n++) correlate(warning(`request ${n} failed`), 0);
  const later = correlate(warning("request 99 failed"), minutes(10) + 1);
  expect(later).toMatchObject({ as: "event", message: "request 99 failed" });
});

test("an object may cause a burst of 25 of a type, then one each five minutes; others are not affected", () => {
  const correlate = createCorrelator();
  const passed = (count: number, nowMs: number) =>
    Array.from({ length: count }, () => correlate(warning("no room"), nowMs)).filter(
      ({ as }) => as === "event",
    ).length;
  expect(passed(100, 0)).toBe(25);
  expect(passed(10, minutes(5) - 1)).toBe(0);
  expect(passed(10, minutes(5))).toBe(1);
  expect(passed(100, minutes(5 * 100))).toBe(25);
  expect(correlate(warning("no room", "api"), 0).as).toBe("event");
  expect(correlate(happening(service("web"), "Normal", "Failed", "no room"), 0).as).toBe("event");
});
