import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createRoomKeeper } from "../../../../src/controllers/load-balancer/room.ts";
import { classSpec } from "../../core/objects.ts";

const limit = (total?: number, perNamespace?: number) =>
  classSpec({
    maxLoadBalancers: {
      ...(total === undefined ? {} : { total }),
      ...(perNamespace === undefined ? {} : { perNamespace }),
    },
  });
const ask = (key: string, spec = limit(2), order = key) => ({ className: "metal", key, order, spec });

describe("room in a class", () => {
  test("is given until the maximum, and asked for again it is the same", () => {
    const room = createRoomKeeper();
    expect(room.enter(ask("n/a")).free).toBe(true);
    expect(room.enter(ask("n/b")).free).toBe(true);
    expect(room.enter(ask("n/c"))).toEqual({ free: false, limit: "maximum", maximum: 2 });
    expect(room.enter(ask("n/a")).free).toBe(true);
  });

  test("that is given up goes to the oldest who waits, whoever asks first", () => {
    const room = createRoomKeeper();
    for (const key of ["n/a", "n/b", "n/e", "n/d", "n/c"]) room.enter(ask(key));
    expect(room.leave("n/a")).toEqual(["n/c", "n/d", "n/e"]);
    expect(room.enter(ask("n/e")).free).toBe(false);
    expect(room.enter(ask("n/c")).free).toBe(true);
    expect(room.enter(ask("n/d")).free).toBe(false);
  });

  test("of a namespace that is full holds up nobody of another", () => {
    const room = createRoomKeeper();
    const spec = limit(3, 1);
    for (const key of ["one/a", "one/b", "two/c"]) room.enter(ask(key, spec));
    expect(room.waiting("metal")).toEqual(["one/b"]);
    expect(room.enter(ask("three/d", spec)).free).toBe(true);
    expect(room.enter(ask("four/e", spec))).toMatchObject({ limit: "maximum" });
    room.leave("two/c");
    expect(room.enter(ask("four/e", spec)).free).toBe(true);
  });

  test("is kept when the maximum is lowered, and there for all who wait when it is raised", () => {
    const room = createRoomKeeper();
    for (const key of ["n/a", "n/b", "n/c", "n/d"]) room.enter(ask(key));
    expect(room.enter(ask("n/a", limit(0))).free).toBe(true);
    expect(room.waiting("metal").map((key) => room.enter(ask(key, limit(4))).free)).toEqual([true, true]);
  });

  test("counts those who are served already, without asking", () => {
    const room = createRoomKeeper();
    for (const key of ["n/a", "n/b", "n/c"]) room.admit("metal", key);
    expect(room.enter(ask("n/d")).free).toBe(false);
    expect(room.enter(ask("n/c")).free).toBe(true);
  });

  test("is not waited for any more by one that left", () => {
    const room = createRoomKeeper();
    for (const key of ["n/a", "n/b", "n/c", "n/d"]) room.enter(ask(key));
    room.leave("n/c");
    room.leave("n/a");
    expect(room.enter(ask("n/d")).free).toBe(true);
  });

  test("never goes beyond the maximum, and once all have asked the oldest have it", () => {
    const key = fc.constantFrom("a/1", "a/2", "a/3", "b/1", "b/2", "b/3");
    const act = fc.record({ does: fc.constantFrom("enter", "leave"), key });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), fc.nat(4), fc.nat(3), (acts, total, perNamespace) => {
        const room = createRoomKeeper();
        const spec = limit(total, perNamespace);
        const inside = new Set<string>();
        for (const { does, key: who } of acts) {
          if (does === "leave") {
            room.leave(who);
            inside.delete(who);
          } else if (room.enter(ask(who, spec)).free) inside.add(who);
          expect(inside.size).toBeLessThanOrEqual(total);
          for (const namespace of ["a/", "b/"])
            expect([...inside].filter((each) => each.startsWith(namespace)).length).toBeLessThanOrEqual(
              perNamespace,
            );
        }
        // Who is woken and asks again, in any order, finds what is left by age.
        const waiting = [...room.waiting("metal")];
        for (const who of [...waiting].reverse()) if (room.enter(ask(who, spec)).free) inside.add(who);
        for (const who of waiting) if (room.enter(ask(who, spec)).free) inside.add(who);
        for (const who of room.waiting("metal")) {
          const here = [...inside].filter((each) => each.startsWith(who.slice(0, 2)));
          expect(inside.size >= total || here.length >= perNamespace).toBe(true);
        }
      }),
    );
  });
});
