import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { LoadBalancerClass } from "../../../../src/api/load-balancer-class.ts";
import { type Execution, execute } from "../../../../src/controllers/load-balancer/execute.ts";
import type { DocumentWriter, ResourceActions } from "../../../../src/core/plan/actions.ts";
import { CloudError } from "../../../../src/core/plan/cloud-error.ts";
import { reference } from "../../../../src/core/plan/reference.ts";
import type { CreateOperation, DeleteOperation, Fields, Operation } from "../../../../src/core/plan/types.ts";
import { aClass } from "../../../objects/build.ts";

const where = { stack: "shop/web", cls: aClass() as unknown as LoadBalancerClass };

const never = new AbortController().signal;

const base = { kind: "thing", members: [], changes: [], because: "test" };
const create = (id: string, after: string[] = [], rest: Partial<CreateOperation> = {}): CreateOperation => ({
  ...base,
  do: "create",
  key: id,
  id,
  after,
  fields: {},
  replaces: [],
  ...rest,
});
const remove = (id: string, after: string[] = []): DeleteOperation => ({
  ...base,
  do: "delete",
  key: id,
  id,
  after,
  cloudId: id,
  observed: {},
  replaced: false,
});
const entry = (document: string, id: string, after: string[] = []): CreateOperation =>
  create(id, after, { document });

/** Runs operations by one function, whatever they are. */
function actionsOf(run: (operation: Operation) => unknown): Record<string, ResourceActions> {
  const act = async (operation: Operation): Promise<void> => void (await run(operation));
  const made = async (operation: Operation) => {
    await act(operation);
    return { cloudId: `${operation.id}#1`, fields: { address: `address of ${operation.id}` } };
  };
  const update = async (operation: Operation): Promise<undefined> => void (await run(operation));
  return { thing: { create: made, update, delete: act } };
}

/** Remembers what each write held, in order. */
function recorder(run: (ids: string[]) => unknown = () => {}): DocumentWriter & { writes: string[] } {
  const writes: string[] = [];
  return {
    writes,
    async write(document, operations) {
      const ids = operations.map(({ id }) => id);
      await run(ids);
      writes.push(`${document}: ${ids.join(" ")}`);
      return new Map(operations.map(({ id }) => [id, { cloudId: `${document}/${id}` }]));
    },
  };
}

const ends = ({ results }: Execution): Record<string, string> =>
  Object.fromEntries([...results].map(([key, result]) => [key, result.ended]));

describe("operations", () => {
  test("run after those they wait for have ended, whatever the order of answers, and never twice", async () => {
    const graph = fc
      .array(fc.array(fc.nat(30), { maxLength: 3 }), { minLength: 1, maxLength: 15 })
      .map((rows) =>
        rows.map((row, index) => {
          const after = index === 0 ? [] : [...new Set(row.map((number) => `o${number % index}`))];
          return create(`o${index}`, after);
        }),
      );
    const property = fc.asyncProperty(
      graph,
      fc.scheduler(),
      fc.integer({ min: 1, max: 4 }),
      async (all, scheduler, limit) => {
        const ended: string[] = [];
        let inFlight = 0;
        const actions = actionsOf(async ({ key, after }) => {
          inFlight += 1;
          expect(inFlight).toBeLessThanOrEqual(limit);
          expect(after.filter((first) => !ended.includes(first))).toEqual([]);
          await scheduler.schedule(Promise.resolve(), key);
          ended.push(key);
          inFlight -= 1;
        });
        const run = execute({ operations: all }, actions, { ...where, signal: never, concurrency: limit });
        const execution = await scheduler.waitFor(run);
        expect([...execution.results.values()].filter(({ ended }) => ended !== "done")).toEqual([]);
        expect(ended.toSorted()).toEqual(all.map(({ key }) => key).toSorted());
        expect(execution.complete).toBe(true);
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });

  test("that do not wait for each other are in flight together", async () => {
    const both = Promise.withResolvers<void>();
    const started: string[] = [];
    const actions = actionsOf(({ key }) => {
      started.push(key);
      if (started.length === 2) both.resolve();
      return both.promise;
    });
    const execution = await execute({ operations: [create("a"), create("b")] }, actions, {
      ...where,
      signal: never,
    });
    expect(execution.complete).toBe(true);
  });

  test("get what was created before in place of references", async () => {
    const seen = new Map<string, Fields>();
    const actions = actionsOf((operation) => {
      if (operation.do !== "delete") seen.set(operation.id, operation.fields);
    });
    const fields = { parent: reference("a"), deep: [{ ip: reference("a", "address") }] };
    const operations = [
      create("a"),
      create("b", ["a"], { fields, changes: [{ field: "parent", to: fields.parent }] }),
    ];
    await execute({ operations }, actions, { ...where, signal: never });
    expect(seen.get("b")).toEqual({ parent: "a#1", deep: [{ ip: "address of a" }] });
  });
});

describe("an error", () => {
  test("stops only what waits for the operation that failed", async () => {
    const error = new CloudError("quota", "full");
    const actions = actionsOf(({ key }) => {
      if (key === "bad") throw error;
    });
    const operations = [create("bad"), create("next", ["bad"]), create("last", ["next"]), create("other")];
    const execution = await execute({ operations }, actions, { ...where, signal: never });
    expect(Object.fromEntries(execution.results)).toEqual({
      bad: { ended: "failed", error },
      next: { ended: "blocked", by: "bad" },
      last: { ended: "blocked", by: "bad" },
      other: { ended: "done", created: expect.anything() },
    });
    expect(execution.complete).toBe(false);
  });

  test("gone is what a deletion wants", async () => {
    const actions = actionsOf(() => {
      throw new CloudError("gone", "not there");
    });
    const execution = await execute({ operations: [remove("a")] }, actions, { ...where, signal: never });
    expect(ends(execution)).toEqual({ a: "done" });
  });

  test("is the result of an operation whose kind nobody knows, or that needs what is not known", async () => {
    const operations = [
      { ...create("a"), kind: "magic" },
      create("b", [], { fields: { ip: reference("c", "address") } }),
    ];
    const execution = await execute(
      { operations },
      actionsOf(() => {}),
      { ...where, signal: never },
    );
    expect(ends(execution)).toEqual({ a: "failed", b: "failed" });
  });
});

describe("an end from outside", () => {
  test("by the signal: nothing more is started, what is in flight is waited for", async () => {
    const controller = new AbortController();
    const reason = new Error("stopping");
    const calls: string[] = [];
    const actions = actionsOf(({ key }) => {
      calls.push(key);
      controller.abort(reason);
    });
    const operations = [create("a"), create("b"), create("c", ["a"])];
    const execution = await execute({ operations }, actions, {
      ...where,
      signal: controller.signal,
      concurrency: 1,
    });
    expect(calls).toEqual(["a"]);
    expect(ends(execution)).toEqual({ a: "done", b: "stopped", c: "stopped" });
    expect(execution.results.get("b")).toEqual({ ended: "stopped", error: reason });
  });

  test("by the guard: nothing is sent once it throws", async () => {
    const calls: string[] = [];
    const guard = (): void => {
      if (calls.length === 1) throw new Error("lease lost");
    };
    const actions = actionsOf(({ key }) => calls.push(key));
    const operations = [create("a"), create("b", ["a"]), create("c", ["b"])];
    const execution = await execute({ operations }, actions, { ...where, signal: never, guard });
    expect(calls).toEqual(["a"]);
    expect(ends(execution)).toEqual({ a: "done", b: "stopped", c: "stopped" });
  });

  test("before the start: nothing is sent at all", async () => {
    const calls: string[] = [];
    const actions = actionsOf(({ key }) => calls.push(key));
    const signal = AbortSignal.abort(new Error("stopping"));
    const execution = await execute({ operations: [create("a")] }, actions, { ...where, signal });
    expect([calls, ends(execution)]).toEqual([[], { a: "stopped" }]);
  });
});

describe("a document", () => {
  test("is written once for many entries, after the last of what they need has come", async () => {
    const documents = recorder();
    const slow = Promise.withResolvers<void>();
    const actions = actionsOf(({ key }) => {
      if (key === "ip/2") return slow.promise;
      if (key === "ip/1") setImmediate(slow.resolve);
      return undefined;
    });
    const operations = [
      create("ip/1"),
      create("ip/2"),
      entry("lb", "front/1", ["ip/1"]),
      entry("lb", "front/2", ["ip/2"]),
      entry("lb", "rule/1", ["front/1"]),
      remove("ip/0", ["front/1"]),
    ];
    const execution = await execute({ operations }, actions, { ...where, signal: never, documents });
    expect(documents.writes).toEqual(["lb: front/1 front/2 rule/1"]);
    expect(execution.complete).toBe(true);
  });

  test("is written without the entry whose address could not be had", async () => {
    const documents = recorder();
    const actions = actionsOf(({ key }) => {
      if (key === "ip/1") throw new CloudError("quota", "no more addresses");
    });
    const operations = [
      create("ip/1"),
      create("ip/2"),
      entry("lb", "front/1", ["ip/1"]),
      entry("lb", "front/2", ["ip/2"]),
    ];
    const execution = await execute({ operations }, actions, { ...where, signal: never, documents });
    expect(documents.writes).toEqual(["lb: front/2"]);
    expect(ends(execution)).toEqual({
      "ip/1": "failed",
      "ip/2": "done",
      "front/1": "blocked",
      "front/2": "done",
    });
  });

  test("that waits for another, which waits for it, is written twice", async () => {
    const documents = recorder();
    const operations = [
      entry("lb", "rule/old"),
      entry("lb", "rule/new", ["open"]),
      entry("nsg", "open"),
      entry("nsg", "close", ["rule/old"]),
    ];
    const execution = await execute({ operations }, {}, { ...where, signal: never, documents });
    expect(documents.writes).toEqual(["lb: rule/old", "nsg: open close", "lb: rule/new"]);
    expect(execution.complete).toBe(true);
  });

  test("is written without the entry that needs what is not known, and what needs that", async () => {
    const documents = recorder();
    const lost = entry("lb", "a");
    const operations = [
      { ...lost, fields: { ip: reference("x", "address") } },
      entry("lb", "b", ["a"]),
      entry("lb", "c"),
    ];
    const execution = await execute({ operations }, {}, { ...where, signal: never, documents });
    expect(documents.writes).toEqual(["lb: c"]);
    expect(ends(execution)).toEqual({ a: "failed", b: "blocked", c: "done" });
  });

  test("that is rejected fails with all its entries, and stops what needs them", async () => {
    const error = new CloudError("invalid", "no", { member: "uid" });
    const documents = recorder(() => {
      throw error;
    });
    const operations = [entry("lb", "a"), entry("lb", "b"), create("c", ["b"])];
    const execution = await execute(
      { operations },
      actionsOf(() => {}),
      { ...where, signal: never, documents },
    );
    expect(ends(execution)).toEqual({ a: "failed", b: "failed", c: "blocked" });
  });

  test("has one write in flight at a time", async () => {
    let writing = 0;
    const documents = recorder(async () => {
      writing += 1;
      expect(writing).toBe(1);
      await new Promise(setImmediate);
      writing -= 1;
    });
    const operations = [entry("lb", "a"), create("x", ["a"]), entry("lb", "b", ["x"])];
    const execution = await execute(
      { operations },
      actionsOf(() => {}),
      { ...where, signal: never, documents },
    );
    expect(execution.complete).toBe(true);
    expect(documents.writes).toEqual(["lb: a", "lb: b"]);
  });
});
