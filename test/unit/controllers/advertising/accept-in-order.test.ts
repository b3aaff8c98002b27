/** Which of several objects that can't all hold are in force. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  type Against,
  acceptInOrder,
  type Candidate,
} from "../../../../src/controllers/advertising/accept-in-order.ts";

/** A spec is a list of seats, and nobody sits on another's lap. */
type Seats = readonly number[];

const oneEach: Against<Seats> = (_name, seats, others) => {
  for (const { name, spec } of others) {
    if (spec.some((seat) => seats.includes(seat)))
      return { reason: "NameConflict", message: `taken by ${name}` };
  }
  return undefined;
};

const candidate = (name: string, wanted: Seats, accepted?: Seats): Candidate<Seats> => ({
  name,
  order: name,
  wanted,
  accepted,
});

const verdicts = (...candidates: Candidate<Seats>[]) =>
  Object.fromEntries(
    [...acceptInOrder(candidates, oneEach)].map(([name, { inForce, refusal }]) => [
      name,
      refusal === undefined ? inForce : { keeps: inForce, because: refusal.message },
    ]),
  );

describe("of objects that stand in each other's way", () => {
  test("the older one holds", () => {
    expect(verdicts(candidate("b", [1]), candidate("a", [1, 2]), candidate("c", [3]))).toEqual({
      a: [1, 2],
      b: { keeps: undefined, because: "taken by a" },
      c: [3],
    });
  });

  test("what was accepted stays, though an older one comes to want it; a refused edit keeps what was there before it", () => {
    expect(verdicts(candidate("a", [1]), candidate("b", [1, 3], [1, 3]), candidate("c", [3], [4]))).toEqual({
      a: { keeps: undefined, because: "taken by b" },
      b: [1, 3],
      c: { keeps: [4], because: "taken by b" },
    });
  });

  test("one that waited is let in when another gives way in the same moment, the oldest first", () => {
    expect(verdicts(candidate("a", [1]), candidate("b", [1]), candidate("c", [2], [1]))).toEqual({
      a: [1],
      b: { keeps: undefined, because: "taken by a" },
      c: [2],
    });
  });

  test("of two in force that come to clash, both stay accepted, and the younger says so", () => {
    const found = acceptInOrder([candidate("a", [1], [1]), candidate("b", [1], [1])], oneEach);
    expect(found.get("a")).toEqual({ inForce: [1], refusal: undefined, flaw: undefined });
    expect(found.get("b")).toMatchObject({
      inForce: [1],
      refusal: undefined,
      flaw: { message: "taken by a" },
    });
  });
});

const seats = fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 3 });
const some = fc
  .uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h"), { minLength: 1 })
  .chain((names) => fc.tuple(...names.map((name) => seats.map((wanted) => candidate(name, wanted)))));

const byName = <T>(verdicts: ReadonlyMap<string, T>) => [...verdicts].sort(([a], [b]) => (a < b ? -1 : 1));

const settled = (candidates: readonly Candidate<Seats>[]) =>
  candidates.map((each) => ({
    ...each,
    accepted: acceptInOrder(candidates, oneEach).get(each.name)?.inForce,
  }));

test("the order in which objects are listed does not matter, nobody sits on another, and looking again changes nothing", () => {
  fc.assert(
    fc.property(some, some, (before, edits) => {
      const edited = settled(before).map((each) => ({
        ...each,
        wanted: edits.find(({ name }) => name === each.name)?.wanted ?? each.wanted,
      }));
      const once = acceptInOrder(edited, oneEach);
      expect(byName(acceptInOrder(edited.toReversed(), oneEach))).toEqual(byName(once));
      const taken = [...once.values()].flatMap(({ inForce = [] }) => inForce);
      expect(new Set(taken).size).toBe(taken.length);
      const again = acceptInOrder(settled(edited), oneEach);
      for (const [name, { inForce, refusal }] of once) {
        expect(again.get(name)?.inForce).toEqual(inForce);
        expect(again.get(name)?.refusal === undefined).toBe(refusal === undefined);
      }
    }),
  );
});
