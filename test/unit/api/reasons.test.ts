import { describe, expect, test } from "@jest/globals";
import { isReason, type ReasonEntry, reasons } from "../../../src/api/reasons.ts";

const entries = Object.entries<ReasonEntry>(reasons);

describe.each(entries)("%s", (reason, { places, meaning, remedy }) => {
  test("is a word that the API server takes as a reason", () => {
    expect(reason).toMatch(/^[A-Z][A-Za-z]{1,62}$/);
  });

  test("stands on a condition, once on each", () => {
    expect(places.length).toBeGreaterThan(0);
    expect(new Set(places.map(({ type, status }) => `${type}=${status}`)).size).toBe(places.length);
  });

  test("has one sentence about what it means and one about what to do", () => {
    for (const sentence of [meaning, remedy]) expect(sentence).toMatch(/^[A-Z][^\n]{10,160}[.]$/);
  });

  test("has something to be done, unless all is well or it mends itself", () => {
    const well = places.every(({ type, status }) => status === (type === "Degraded" ? "False" : "True"));
    if (well) expect(remedy).toBe("Nothing is to be done.");
    else expect(remedy).not.toBe("Nothing is to be done.");
  });
});

test("a word that is not listed is no reason", () => {
  expect([isReason("Pending"), isReason("pending"), isReason("toString")]).toEqual([true, false, false]);
});
