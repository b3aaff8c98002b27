import { describe, expect, test } from "@jest/globals";
import { conditionTypes } from "../../../../src/api/conditions.ts";
import { isReason, reasons } from "../../../../src/api/reasons.ts";
import { conditionsOf, type Verdict } from "../../../../src/controllers/load-balancer/conditions.ts";
import type { Problem } from "../../../../src/providers/provider.ts";

const base: Verdict = {
  generation: 3,
  refusal: undefined,
  previousInForce: false,
  problems: [],
  warnings: [],
  served: true,
};
const told = (verdict: Partial<Verdict>) =>
  conditionsOf({ ...base, ...verdict }).map(({ type, status, reason }) => `${type} ${status} ${reason}`);
const problem = (kind: Problem["kind"], reason: Problem["reason"], message = `it is ${reason}`): Problem => ({
  kind,
  reason,
  message,
});
const refusal = { reason: "PoolNotAllowed", message: "not that pool" } as const;

describe("the conditions of a LoadBalancer", () => {
  const rows: [string, Partial<Verdict>, string[]][] = [
    [
      "all is well",
      {},
      ["Accepted True Accepted", "Programmed True Programmed", "Degraded False AsExpected"],
    ],
    [
      "nothing is known yet",
      { served: false },
      ["Accepted True Accepted", "Programmed False Pending", "Degraded False AsExpected"],
    ],
    [
      "it waits",
      { served: false, problems: [problem("pending", "PoolExhausted")] },
      ["Accepted True Accepted", "Programmed False PoolExhausted", "Degraded False AsExpected"],
    ],
    [
      "it is refused",
      { served: false, refusal },
      ["Accepted False PoolNotAllowed", "Programmed False PoolNotAllowed", "Degraded False AsExpected"],
    ],
    [
      "it goes, and has its address to the end",
      { leaving: "it is in use", problems: [problem("degraded", "Retrying")] },
      ["Accepted True Accepted", "Programmed False Deleting", "Degraded True Retrying"],
    ],
    [
      "it goes, and never had an address",
      { served: false, leaving: "it is in use", problems: [problem("pending", "Retrying")] },
      ["Accepted True Accepted", "Programmed False Retrying", "Degraded False AsExpected"],
    ],
    [
      "an edit of it is refused",
      { refusal, previousInForce: true },
      ["Accepted False PoolNotAllowed", "Programmed True Programmed", "Degraded True SpecRefused"],
    ],
    [
      "a tightened policy flags it",
      { refusal },
      ["Accepted False PoolNotAllowed", "Programmed True Programmed", "Degraded True PoolNotAllowed"],
    ],
    [
      "it has a flaw",
      { problems: [problem("degraded", "AddressOutsidePool")] },
      ["Accepted True Accepted", "Programmed True Programmed", "Degraded True AddressOutsidePool"],
    ],
    [
      "a part of it is missing",
      { problems: [problem("pending", "QuotaExceeded")] },
      ["Accepted True Accepted", "Programmed True Programmed", "Degraded True QuotaExceeded"],
    ],
    [
      "something was noticed while it waits",
      { served: false, warnings: [{ reason: "UnknownAnnotation", message: "?" }] },
      ["Accepted True Accepted", "Programmed False Pending", "Degraded True UnknownAnnotation"],
    ],
  ];
  test.each(rows)("%s", (_sentence, verdict, expected) => {
    expect(told(verdict)).toEqual(expected);
  });

  test("tell all flaws in one message, the most telling first, and not without end", () => {
    const problems = [problem("degraded", "AddressOutsidePool", "kept")];
    const warnings = [{ reason: "UnknownAnnotation" as const, message: "?".repeat(2000) }];
    const degraded = conditionsOf({ ...base, refusal, previousInForce: true, problems, warnings }).at(-1);
    expect(degraded?.message).toMatch(/^not that pool; what was accepted before stays in force; kept; \?/);
    expect(degraded?.message).toHaveLength(1024);
  });

  test("name the generation that they speak of", () => {
    expect(conditionsOf(base).map(({ observedGeneration }) => observedGeneration)).toEqual([3, 3, 3]);
  });

  test("use listed reasons at listed places only", () => {
    for (const [, verdict] of rows) {
      for (const { type, status, reason } of conditionsOf({ ...base, ...verdict })) {
        expect(conditionTypes).toContain(type);
        expect(isReason(reason)).toBe(true);
        const places = reasons[reason as keyof typeof reasons].places as readonly {
          type: string;
          status: string;
          kinds: readonly string[];
        }[];
        const fits = places.some(
          (place) => place.type === type && place.status === status && place.kinds.includes("LoadBalancer"),
        );
        expect([reason, type, status, fits]).toEqual([reason, type, status, true]);
      }
    }
  });
});
