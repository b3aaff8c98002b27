import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { KubeObject } from "../../../../src/api/meta.ts";
import { type Change, Partition } from "../../../../src/runtime/cache/partition.ts";

const object = (name: string, version: number): KubeObject => ({
  metadata: { name, resourceVersion: String(version) },
});

const listOf = (...objects: KubeObject[]) => new Map(objects.map((one) => [one.metadata.name ?? "", one]));

function partitionAt(version: number, ...objects: KubeObject[]): Partition<KubeObject> {
  const partition = new Partition<KubeObject>();
  partition.beginList();
  partition.replace(listOf(...objects), String(version));
  return partition;
}

const state = (partition: Partition<KubeObject>) =>
  Object.fromEntries([...partition.items].map(([key, { metadata }]) => [key, metadata.resourceVersion]));

describe("a relist", () => {
  test("tells deletions first, then only what differs", () => {
    const partition = partitionAt(10, object("same", 1), object("changed", 2), object("gone", 3));
    partition.beginList();
    const changes = partition.replace(
      listOf(object("new", 11), object("same", 1), object("changed", 12)),
      "12",
    );
    expect(changes).toMatchObject([
      { type: "delete", object: object("gone", 3) },
      { type: "add", object: object("new", 11) },
      { type: "update", before: object("changed", 2), after: object("changed", 12) },
    ]);
    expect(state(partition)).toEqual({ new: "11", same: "1", changed: "12" });
  });

  test("takes the state of a restored backup, whose versions are older", () => {
    const partition = partitionAt(100, object("a", 90), object("b", 95));
    partition.observe(object("a", 101));
    partition.beginList();
    partition.replace(listOf(object("a", 40)), "50");
    expect(state(partition)).toEqual({ a: "40" });
    partition.apply("MODIFIED", object("a", 51));
    expect(state(partition)).toEqual({ a: "51" });
  });
});

test("the deletion of something unknown is no news", () => {
  expect(partitionAt(10).apply("DELETED", object("a", 11))).toBeUndefined();
});

describe("an own write", () => {
  test("is there at once, and silent when the watch brings it", () => {
    const partition = partitionAt(10, object("a", 5));
    expect(partition.observe(object("a", 11))).toMatchObject({ type: "update" });
    expect(partition.apply("MODIFIED", object("a", 11))).toBeUndefined();
    expect(state(partition)).toEqual({ a: "11" });
  });

  test("is not set back by older news that was still on the way", () => {
    const partition = partitionAt(10, object("a", 5));
    partition.observe(object("a", 13));
    expect(partition.apply("MODIFIED", object("a", 12))).toBeUndefined();
    expect(state(partition)).toEqual({ a: "13" });
    expect(partition.progress).toBe("12");
  });

  test("does not bring back what was deleted after it", () => {
    const partition = partitionAt(10);
    partition.apply("ADDED", object("a", 11));
    partition.apply("DELETED", object("a", 12));
    expect(partition.observe(object("a", 11))).toBeUndefined();
    expect(state(partition)).toEqual({});
  });

  test("of an object that is deleted later goes with the deletion", () => {
    const partition = partitionAt(10, object("a", 5));
    partition.observe(object("a", 11));
    expect(partition.apply("DELETED", object("a", 12))).toMatchObject({ type: "delete" });
    expect(state(partition)).toEqual({});
  });

  test("that re-creates an object outlives the deletion of the one before", () => {
    const partition = partitionAt(10, object("a", 5));
    partition.observe(object("a", 12));
    expect(partition.apply("DELETED", object("a", 11))).toBeUndefined();
    expect(state(partition)).toEqual({ a: "12" });
  });

  test("made while a list was under way outlives that list if it is newer", () => {
    const partition = partitionAt(10);
    partition.beginList();
    partition.observe(object("a", 12));
    expect(partition.replace(listOf(), "11")).toEqual([]);
    expect(state(partition)).toEqual({ a: "12" });
  });

  test("made while a list was under way, and deleted before its version, goes", () => {
    const partition = partitionAt(10);
    partition.beginList();
    partition.observe(object("a", 12));
    expect(partition.replace(listOf(), "13")).toMatchObject([{ type: "delete" }]);
  });

  test("before the first list is kept until that list says otherwise", () => {
    const partition = new Partition<KubeObject>();
    partition.observe(object("a", 5));
    expect(state(partition)).toEqual({ a: "5" });
    partition.beginList();
    partition.replace(listOf(), "9");
    expect(state(partition)).toEqual({});
  });

  test("is compared as a number of any length", () => {
    const partition = partitionAt(9);
    expect(partition.observe(object("a", 10))).toBeDefined();
    const huge = { metadata: { name: "a", resourceVersion: "90071992547409931" } };
    const next = { metadata: { name: "a", resourceVersion: "90071992547409932" } };
    partition.observe(next);
    expect(partition.observe(huge)).toBeUndefined();
    expect(partition.items.get("a")).toBe(next);
  });

  test("with a version that is no number is left to the watch", () => {
    const partition = partitionAt(10, object("a", 5));
    expect(partition.observe({ metadata: { name: "a", resourceVersion: "x7" } })).toBeUndefined();
    expect(partition.observe({ metadata: { name: "a" } })).toBeUndefined();
  });
});

/** What the API server knows: a history of one write after the other, each with the next version. */
interface Write {
  readonly name: string;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly version: number;
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("write" as const),
      name: fc.constantFrom("a", "b", "c"),
      remove: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("deliver" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("observe" as const), back: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("bookmark" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("beginList" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("endList" as const), back: fc.nat(5) }) },
);

test("whatever the order of events, lists and own writes, the copy ends as the server is, and its news rebuild it", () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { minLength: 15, maxLength: 60 }), (synced, steps) => {
      const history: Write[] = [];
      const alive = new Map<string, number>();
      const stateAt = (version: number) => {
        const found = new Map<string, KubeObject>();
        for (const write of history.slice(0, version)) {
          if (write.type === "DELETED") found.delete(write.name);
          else found.set(write.name, object(write.name, write.version));
        }
        return found;
      };
      const deletedBetween = (name: string, after: number, upTo: number) =>
        history.slice(after, upTo).some((write) => write.name === name && write.type === "DELETED");

      const partition = new Partition<KubeObject>();
      const mirror = new Map<string, KubeObject>();
      let listBegun: number | undefined;
      let delivered: number | undefined;
      const observed = new Map<string, number>();

      const follow = (changes: readonly (Change<KubeObject> | undefined)[]) => {
        for (const change of changes) {
          if (change?.type === "add") {
            const name = change.object.metadata.name ?? "";
            expect(mirror.has(name)).toBe(false);
            mirror.set(name, change.object);
          } else if (change?.type === "update") {
            const name = change.after.metadata.name ?? "";
            expect(mirror.get(name)).toBe(change.before);
            mirror.set(name, change.after);
          } else if (change?.type === "delete") {
            expect(mirror.delete(change.object.metadata.name ?? "")).toBe(true);
          }
        }
        expect(new Map(partition.items)).toEqual(mirror);
      };
      const endList = (version: number) => {
        if (listBegun === undefined) return;
        follow(partition.replace(stateAt(version), String(version)));
        delivered = version;
        listBegun = undefined;
      };
      const deliver = () => {
        const write = delivered === undefined ? undefined : history[delivered];
        if (write === undefined || listBegun !== undefined) return;
        follow([partition.apply(write.type, object(write.name, write.version))]);
        delivered = write.version;
      };
      const begin = () => {
        listBegun = history.length;
        partition.beginList();
      };

      if (synced) {
        begin();
        endList(0);
      }
      for (const one of steps) {
        switch (one.do) {
          case "write": {
            const version = history.length + 1;
            const type = alive.has(one.name) ? (one.remove ? "DELETED" : "MODIFIED") : "ADDED";
            history.push({ name: one.name, type, version });
            if (type === "DELETED") alive.delete(one.name);
            else alive.set(one.name, version);
            break;
          }
          case "deliver":
            deliver();
            break;
          case "bookmark":
            if (delivered !== undefined && listBegun === undefined) {
              partition.bookmark(String(delivered));
            }
            break;
          case "observe": {
            const write = history.at(-1 - one.back);
            if (!write || write.type === "DELETED") break;
            follow([partition.observe(object(write.name, write.version))]);
            observed.set(write.name, Math.max(write.version, observed.get(write.name) ?? 0));
            break;
          }
          case "beginList":
            begin();
            break;
          case "endList":
            // The list is of a moment between its request and its answer.
            if (listBegun !== undefined) endList(Math.max(listBegun, history.length - one.back));
            break;
        }
        for (const [name, version] of observed) {
          const cached = partition.items.get(name)?.metadata.resourceVersion;
          // Never older than an own write; absent only if it was deleted since.
          if (cached === undefined) expect(deletedBetween(name, version, history.length)).toBe(true);
          else expect(Number(cached)).toBeGreaterThanOrEqual(version);
        }
        for (const [name, { metadata }] of partition.items) {
          // Never what the stream itself has told to be deleted.
          expect(deletedBetween(name, Number(metadata.resourceVersion), delivered ?? 0)).toBe(false);
        }
      }
      if (listBegun === undefined && delivered === undefined) begin();
      endList(history.length);
      while (delivered !== history.length) deliver();
      expect(new Map(partition.items)).toEqual(stateAt(history.length));
    }),
    { numRuns: 500 },
  );
});

describe("a list that was read beside a stream that lags", () => {
  test("brings in what is new, and takes out what is gone", () => {
    const partition = partitionAt(10, object("same", 1), object("changed", 2), object("gone", 3));
    const changes = partition.catchUp(
      listOf(object("new", 12), object("same", 1), object("changed", 14)),
      "15",
    );
    expect(changes).toMatchObject([
      { type: "delete", object: object("gone", 3) },
      { type: "add", object: object("new", 12) },
      { type: "update", before: object("changed", 2), after: object("changed", 14) },
    ]);
    expect(partition.progress).toBe("10");
  });

  test("is not undone by what the stream tells of the time before it", () => {
    const partition = partitionAt(10);
    partition.catchUp(listOf(object("b", 14)), "15");
    expect(partition.apply("ADDED", object("a", 11))).toBeUndefined();
    expect(partition.apply("DELETED", object("a", 12))).toBeUndefined();
    expect(partition.apply("ADDED", object("b", 13))).toBeUndefined();
    expect(partition.apply("MODIFIED", object("b", 16))).toMatchObject({ type: "update" });
    expect(state(partition)).toEqual({ b: "16" });
  });

  test("does not set back what the stream, or a write, knows better", () => {
    const ahead = partitionAt(20, object("a", 18));
    expect(ahead.catchUp(listOf(object("a", 11)), "15")).toEqual([]);
    const written = partitionAt(10, object("a", 5));
    written.observe(object("a", 17));
    written.observe(object("b", 16));
    expect(written.catchUp(listOf(object("a", 12)), "15")).toEqual([]);
    expect(state(written)).toEqual({ a: "17", b: "16" });
  });

  test("is not replaced by a list that was asked for before it, and is by one asked for later", () => {
    const partition = partitionAt(10, object("a", 5));
    partition.beginList();
    partition.catchUp(listOf(object("b", 14)), "15");
    expect(partition.replace(listOf(object("a", 5)), "12")).toEqual([]);
    expect(state(partition)).toEqual({ b: "14" });
    partition.beginList();
    partition.replace(listOf(object("c", 3)), "4");
    expect(state(partition)).toEqual({ c: "3" });
    expect(partition.apply("ADDED", object("d", 6))).toMatchObject({ type: "add" });
  });

  test("makes the copy what the storage was then, from any lag, and it never goes back", () => {
    const step = fc.record({ name: fc.constantFrom("a", "b", "c"), does: fc.constantFrom("put", "delete") });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.nat(), fc.nat(), (steps, one, other) => {
        const { events, states } = historyOf(steps);
        const lag = one % (events.length + 1);
        const read = other % (events.length + 1);
        const partition = new Partition<KubeObject>();
        partition.beginList();
        partition.replace(listOf(...(states[lag] ?? [])), String(lag + 1));
        partition.catchUp(listOf(...(states[read] ?? [])), String(read + 1));
        for (let at = lag; at <= events.length; at++) {
          const known = states[Math.max(at, read)] ?? [];
          expect(state(partition)).toEqual(state(partitionAt(0, ...known)));
          const event = events[at];
          if (event !== undefined) partition.apply(event.type, event.object);
        }
      }),
    );
  });
});

/** Events with versions from 2 on, and the objects there are after so many of them. */
function historyOf(steps: readonly { readonly name: string; readonly does: string }[]) {
  const events: { type: "ADDED" | "MODIFIED" | "DELETED"; object: KubeObject }[] = [];
  const states: KubeObject[][] = [[]];
  for (const { name, does } of steps) {
    const before = states.at(-1) ?? [];
    const isThere = before.some(({ metadata }) => metadata.name === name);
    if (does === "delete" && !isThere) continue;
    const changed = object(name, events.length + 2);
    const others = before.filter(({ metadata }) => metadata.name !== name);
    events.push({ type: does === "delete" ? "DELETED" : isThere ? "MODIFIED" : "ADDED", object: changed });
    states.push(does === "delete" ? others : [...others, changed]);
  }
  return { events, states };
}
