import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { cutToBytes, eventObject, happening } from "../../../../src/runtime/events/event-object.ts";

test("an Event says what happened to whom, how often, and who tells", () => {
  const object = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace: "shop", name: "web", uid: "u1" },
  };
  const series = {
    firstMs: Date.UTC(2026, 0, 1),
    lastMs: Date.UTC(2026, 0, 2),
    count: 3,
    message: "no room",
  };
  const who = { component: "fairlead", instance: "host-1", unique: "abc" };
  expect(eventObject(happening(object, "Warning", "Pending", "no room"), series, who)).toMatchObject({
    metadata: { namespace: "shop", name: "web.abc" },
    involvedObject: { apiVersion: "v1", kind: "Service", namespace: "shop", name: "web", uid: "u1" },
    type: "Warning",
    reason: "Pending",
    message: "no room",
    count: 3,
    firstTimestamp: "2026-01-01T00:00:00Z",
    lastTimestamp: "2026-01-02T00:00:00Z",
    source: { component: "fairlead" },
  });
});

test("an Event about what has no namespace lives in default; its name fits, however long the object's is", () => {
  const object = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: `${"a".repeat(219)}.${"b".repeat(33)}` },
  };
  const series = { firstMs: 0, lastMs: 0, count: 1, message: "" };
  const { metadata } = eventObject(happening(object, "Normal", "X", ""), series, {
    component: "c",
    instance: "i",
    unique: "0123456789abcdef012",
  });
  expect(metadata.namespace).toBe("default");
  expect(metadata.name).toMatch(/^a{219}\.0123456789abcdef012$/);
});

test("a text is cut between characters and says that it was cut", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.integer({ min: 10, max: 40 }),
      (text, mostBytes) => {
        const cut = cutToBytes(text, mostBytes);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(mostBytes);
        if (Buffer.byteLength(text) <= mostBytes) expect(cut).toBe(text);
        else {
          expect(cut.endsWith("…")).toBe(true);
          expect(text.startsWith(cut.slice(0, -1))).toBe(true);
        }
      },
    ),
  );
});
