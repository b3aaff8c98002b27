import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { LeaseLostError } from "../../../../src/runtime/leader/lease-lost.ts";
import { createLeaderElector } from "../../../../src/runtime/leader-election.ts";
import { createSimulation, type Process, type Travel } from "./simulation.ts";

const guardPasses = ({ elector }: Process): boolean => {
  try {
    elector.guard();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(LeaseLostError);
    return false;
  }
};
const usual: Travel = { thereMs: 5, backMs: 5, lost: "no" };

describe("one process", () => {
  test("creates the Lease, renews it, and gives it back when its work ends", async () => {
    const world = createSimulation();
    const a = world.process({ identity: "a" });
    await world.pass(100);
    const first = world.server.get().spec;
    expect(first).toMatchObject({ holderIdentity: "a", leaseDurationSeconds: 15, leaseTransitions: 0 });
    expect(first?.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    await world.pass(60_000);
    expect(guardPasses(a)).toBe(true);
    const later = world.server.get().spec;
    expect(later?.acquireTime).toBe(first?.acquireTime);
    expect(later?.renewTime).not.toBe(first?.renewTime);
    a.stop();
    await world.pass(1000);
    expect(world.server.get().spec).toMatchObject({
      holderIdentity: "",
      leaseDurationSeconds: 1,
      leaseTransitions: 0,
    });
    expect([guardPasses(a), a.outcomes, a.leading]).toEqual([false, ["stopped"], 0]);
  });

  test("takes what was given back at once, and counts the transition", async () => {
    const world = createSimulation();
    const a = world.process({ identity: "a" });
    const b = world.process({ identity: "b" });
    await world.pass(10_000);
    expect([guardPasses(a), guardPasses(b)]).toEqual([true, false]);
    a.stop();
    await world.pass(3000);
    expect(guardPasses(b)).toBe(true);
    expect(world.server.get().spec).toMatchObject({ holderIdentity: "b", leaseTransitions: 1 });
  });

  test("stops at its deadline when the server does not answer, while a renewal is still under way", async () => {
    const world = createSimulation();
    let travel = usual;
    const a = world.process({ identity: "a", travel: () => travel });
    await world.pass(5000);
    travel = { ...usual, lost: "request" };
    const renewed = world.nowMs;
    await world.pass(7000);
    expect(guardPasses(a)).toBe(true);
    await world.pass(10_000 - (world.nowMs - renewed));
    expect([guardPasses(a), a.leading, a.outcomes]).toEqual([false, 0, ["lost"]]);
  });

  test("counts its deadline from before a renewal was sent, however late the answer came", async () => {
    const world = createSimulation();
    const travels: Travel[] = [usual, usual, { ...usual, backMs: 4900 }];
    const a = world.process({
      identity: "a",
      travel: () => travels.shift() ?? { ...usual, lost: "request" },
    });
    // The claim is confirmed 20 ms after the start; its first renewal is sent two seconds later.
    await world.pass(2020 + 9999);
    expect(guardPasses(a)).toBe(true);
    await world.pass(2);
    expect(guardPasses(a)).toBe(false);
  });

  test("goes on leading over a renewal whose answer was lost", async () => {
    const world = createSimulation();
    let travel = usual;
    const a = world.process({ identity: "a", travel: () => travel });
    await world.pass(3000);
    travel = { ...usual, lost: "answer" };
    await world.pass(4000);
    travel = usual;
    await world.pass(60_000);
    expect([guardPasses(a), a.outcomes]).toEqual([true, []]);
  });

  test("holds the Lease after all when only the answer to its claim was lost", async () => {
    const world = createSimulation();
    const travels: Travel[] = [usual, { ...usual, lost: "answer" }];
    const a = world.process({ identity: "a", travel: () => travels.shift() ?? usual });
    await world.pass(10_000);
    expect(guardPasses(a)).toBe(true);
  });

  test("creates the Lease anew when somebody deletes it", async () => {
    const world = createSimulation();
    const a = world.process({ identity: "a" });
    await world.pass(5000);
    world.server.delete();
    await world.pass(5000);
    expect([guardPasses(a), world.server.get().spec?.holderIdentity]).toEqual([true, "a"]);
  });

  test("renews even when the wall clock is set back to the very moment of the last renewal", async () => {
    const world = createSimulation();
    const a = world.process({ identity: "a" });
    await world.pass(100);
    const versions = new Set<string | undefined>();
    for (let n = 0; n < 10; n++) {
      await world.pass(2010);
      versions.add(world.server.get().metadata.resourceVersion);
      a.jump(-2010);
    }
    expect(versions.size).toBe(10);
  });
});

describe("a process that wakes", () => {
  test.each<["pause" | "suspend"]>([["pause"], ["suspend"]])(
    "from a %s past its deadline is no leader from its first instruction on",
    async (kind) => {
      const world = createSimulation();
      const a = world.process({ identity: "a" });
      await world.pass(5000);
      const b = world.process({ identity: "b" });
      await world.pass(3000);
      a[kind](30_000);
      await world.pass(30_000 - 1);
      expect(guardPasses(b)).toBe(true);
      // No timer of the sleeper has fired: only the clocks can tell.
      await world.pass(1);
      expect([a.paused, guardPasses(a)]).toEqual([false, false]);
      await world.pass(1000);
      expect(a.outcomes).toEqual(["lost"]);
      expect(world.server.get().spec?.holderIdentity).toBe("b");
    },
  );

  test("its guard aborts the leading work by itself", async () => {
    const world = createSimulation();
    const a = world.process({ identity: "a" });
    await world.pass(5000);
    expect(a.leading).toBe(1);
    a.pause(20_000);
    // Not a single event of the process runs in between.
    const { leading } = a;
    a.jump(20_000);
    expect([leading, guardPasses(a)]).toEqual([1, false]);
    await Promise.resolve();
    await Promise.resolve();
    expect(a.leading).toBe(0);
  });
});

describe("wall clocks", () => {
  test("that are years apart make no one take over from a live holder", async () => {
    const world = createSimulation();
    const a = world.process({ identity: "a", wallOffsetMs: -3e11 });
    await world.pass(1000);
    const b = world.process({ identity: "b", wallOffsetMs: 3e11 });
    await world.pass(120_000, () => expect(guardPasses(b)).toBe(false));
    expect(guardPasses(a)).toBe(true);
  });

  test("a jump back never lengthens a term", async () => {
    const world = createSimulation();
    let travel = usual;
    const a = world.process({ identity: "a", travel: () => travel });
    await world.pass(5000);
    travel = { ...usual, lost: "request" };
    a.jump(-1e9);
    await world.pass(10_000);
    expect(guardPasses(a)).toBe(false);
  });
});

describe("a follower", () => {
  test("takes over from a holder that died, after the time that the holder wrote down", async () => {
    const world = createSimulation();
    const a = world.process({ identity: "a" });
    await world.pass(5000);
    const b = world.process({ identity: "b" });
    await world.pass(3000);
    a.pause(1e9);
    await world.pass(12_000);
    expect(guardPasses(b)).toBe(false);
    await world.pass(10_000);
    expect(guardPasses(b)).toBe(true);
  });

  test("waits for the holder it knew although somebody deleted the Lease", async () => {
    const world = createSimulation();
    let travel = usual;
    const a = world.process({ identity: "a", travel: () => travel });
    await world.pass(5000);
    const b = world.process({ identity: "b" });
    await world.pass(3000);
    travel = { ...usual, lost: "request" };
    world.server.delete();
    await world.pass(30_000, () => expect(guardPasses(a) && guardPasses(b)).toBe(false));
    expect(guardPasses(b)).toBe(true);
  });
});

describe("the work of the leader", () => {
  test("that fails leaves the Lease to expire, for something may go on", async () => {
    const world = createSimulation();
    const store = {
      get: async () => world.server.get(),
      create: async (_: unknown, lease: never) => world.server.create(lease),
    };
    const elector = createLeaderElector({
      client: { ...store, replace: async (_: unknown, lease: never) => world.server.replace(lease) } as never,
      namespace: "default",
      name: "test",
      identity: "a",
    });
    const failure = new Error("broken");
    const run = elector.run({ signal: new AbortController().signal, lead: () => Promise.reject(failure) });
    await expect(run).rejects.toBe(failure);
    expect(world.server.get().spec?.holderIdentity).toBe("a");
    expect(elector.isLeader()).toBe(false);
  });

  test.each([
    ["leaseMs of part of a second", { leaseMs: 1500, renewDeadlineMs: 1000, retryMs: 100 }],
    ["a deadline as long as the lease", { leaseMs: 10_000, renewDeadlineMs: 10_000 }],
    ["a retry as long as the deadline", { renewDeadlineMs: 2000, retryMs: 2000 }],
    ["a time that is no number", { leaseMs: Number.NaN }],
  ])("is not begun with %s", (_, times) => {
    const build = () => createLeaderElector({ client: {} as never, namespace: "a", name: "b", ...times });
    expect(build).toThrow(RangeError);
  });
});

type Trouble =
  | { do: "pause" | "suspend" | "jump"; who: number; ms: number }
  | { do: "stop"; who: number }
  | { do: "pass"; ms: number };

const who = fc.nat(2);
const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat(20_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pause" as const), who, ms: fc.nat(40_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("suspend" as const), who, ms: fc.nat(40_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("jump" as const), who, ms: fc.integer({ min: -1e5, max: 1e5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("stop" as const), who }) },
);
const travel: fc.Arbitrary<Travel> = fc.record({
  thereMs: fc.oneof({ weight: 4, arbitrary: fc.nat(50) }, { weight: 1, arbitrary: fc.nat(20_000) }),
  backMs: fc.oneof({ weight: 4, arbitrary: fc.nat(50) }, { weight: 1, arbitrary: fc.nat(20_000) }),
  lost: fc.oneof(
    { weight: 8, arbitrary: fc.constant("no" as const) },
    { weight: 1, arbitrary: fc.constant("request" as const) },
    { weight: 1, arbitrary: fc.constant("answer" as const) },
  ),
});
const process = fc.record({
  // Together at most 1.35 times apart, where the times allow 1.5.
  rate: fc.double({ min: 0.86, max: 1.16, noNaN: true }),
  wallOffsetMs: fc.integer({ min: -1e7, max: 1e7 }),
  travels: fc.infiniteStream(travel),
  // One that sleeps with its machine must not have its wall clock set back: the sleep would show nowhere.
  troubled: fc.constantFrom("suspend" as const, "jump" as const),
});

describe("in any trouble", () => {
  test("never do two pass the guard at once, and when the trouble is over one does", async () => {
    let everLed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(trouble, { maxLength: 25 }),
        fc.array(process, { minLength: 3, maxLength: 3 }),
        async (steps, kinds) => {
          const world = createSimulation();
          let calm = false;
          const all = kinds.map(({ rate, wallOffsetMs, travels }, at) =>
            world.process({
              identity: `p${at}`,
              rate,
              wallOffsetMs,
              travel: () => (calm ? usual : (travels.next().value as Travel)),
            }),
          );
          const stopped = new Set<number>();
          const look = () => {
            const leaders = all.filter((one) => !one.paused && guardPasses(one));
            everLed += leaders.length;
            expect(leaders.length).toBeLessThanOrEqual(1);
          };
          for (const step of steps) {
            if (step.do === "pass") {
              await world.pass(step.ms, look);
              continue;
            }
            const one = all[step.who];
            if (one === undefined || (step.do === "stop" && stopped.size === 2)) continue;
            if (step.do === "stop") {
              stopped.add(step.who);
              one.stop();
            } else if (step.do === "pause" || step.do === kinds[step.who]?.troubled) {
              one[step.do](step.ms);
            }
            look();
          }
          calm = true;
          // The longest: a request of 40 s on its way, a pause, a lease, an attempt.
          await world.pass(120_000, look);
          expect(all.filter((one) => guardPasses(one))).toHaveLength(1);
          for (const one of all) one.stop();
          await world.pass(60_000, look);
        },
      ),
      { numRuns: 40 },
    );
    expect(everLed).toBeGreaterThan(0);
  }, 120_000);
});
