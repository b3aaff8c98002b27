import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  type Dispute,
  isStuck,
  onOverwritten,
  onPeace,
  resumedDispute,
} from "../../../../src/controllers/service/assertions.ts";

/** Lets the other overwrite at once after each of our writes, until `endMs`; gives the times of our writes. */
function fight(endMs: number): { writes: number[]; dispute: Dispute | undefined } {
  const writes: number[] = [];
  let dispute: Dispute | undefined;
  for (let nowMs = 0; nowMs <= endMs; ) {
    const step = onOverwritten(dispute, nowMs);
    dispute = step.dispute;
    if (step.do === "wait") nowMs += step.forMs;
    else writes.push(nowMs);
  }
  return { writes, dispute };
}

describe("a status that is overwritten again and again", () => {
  test("is written after 1, 5 and 25 seconds, then every ten minutes", () => {
    expect(fight(1_300_000).writes).toEqual([1_000, 6_000, 31_000, 631_000, 1_231_000]);
  });

  test("is given up on after the third write", () => {
    expect(isStuck(fight(30_999).dispute)).toBe(false);
    expect(isStuck(fight(31_000).dispute)).toBe(true);
  });

  test("is no dispute any more after a minute of peace, and is one again if peace was broken", () => {
    const { dispute } = fight(31_000);
    const first = onPeace(dispute as Dispute, 40_000);
    expect(first).toMatchObject({ do: "wait", forMs: 60_000 });
    expect(onPeace(first.dispute as Dispute, 100_000)).toEqual({ do: "settled", dispute: undefined });
    const broken = onOverwritten(first.dispute, 99_000);
    expect(broken).toMatchObject({ do: "wait" });
    expect(onPeace(broken.dispute as Dispute, 100_000)).toMatchObject({ do: "wait", forMs: 60_000 });
  });

  test("is written once at once after a restart, and slowly from there", () => {
    const step = onOverwritten(resumedDispute(5_000), 5_000);
    expect(step.do).toBe("write");
    expect(onOverwritten(step.dispute, 5_001)).toMatchObject({ do: "wait", forMs: 599_999 });
    expect(isStuck(step.dispute)).toBe(true);
  });
});

test("however often it is looked at, the writes are bounded: three, and one for each ten minutes", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(120_000), { maxLength: 200 }), (gaps) => {
      let nowMs = 0;
      let dispute: Dispute | undefined;
      let writes = 0;
      for (const gap of gaps) {
        nowMs += gap;
        const step = onOverwritten(dispute, nowMs);
        dispute = step.dispute;
        if (step.do === "write") writes += 1;
        else if (step.do === "wait") expect(step.forMs).toBeGreaterThan(0);
      }
      expect(writes).toBeLessThanOrEqual(3 + nowMs / 600_000);
    }),
  );
});
