import { describe, expect, test } from "@jest/globals";
import {
  type LiveMember,
  type Round,
  runRounds,
} from "../../../../../src/controllers/load-balancer/engine/rounds.ts";
import type { OperationResult } from "../../../../../src/controllers/load-balancer/execute.ts";
import { CloudError, type CloudErrorClass } from "../../../../../src/core/plan/cloud-error.ts";
import type { ObservedResource, Operation } from "../../../../../src/core/plan/types.ts";
import type { Member } from "../../../../../src/providers/provider.ts";
import { held, loadBalancer } from "../../../core/objects.ts";

const live = (...names: string[]): LiveMember[] =>
  names.map((name) => {
    const isServed = name.endsWith("!");
    const lb = loadBalancer({ name, ...(isServed ? { status: held() } : {}) });
    return { lb, member: { key: `shop/${name}`, lb } as Member };
  });
const uid = ({ lb }: LiveMember) => lb.metadata.uid ?? "";
const nameOf = ({ lb }: LiveMember) => lb.metadata.name ?? "";

interface Written {
  readonly key: string;
  readonly members: readonly LiveMember[];
  readonly result: OperationResult;
}

function round(...written: Written[]): Round {
  const operations = written.map(
    ({ key, members }) =>
      ({
        do: "update",
        key,
        id: key,
        kind: "thing",
        members: members.map(uid),
        after: [],
        changes: [],
      }) as unknown as Operation,
  );
  const results = new Map(written.map(({ key, result }) => [key, result]));
  return {
    desired: { resources: [], problems: new Map() },
    before: [],
    planned: { id: "", operations, held: [], refused: [] },
    execution: { results, complete: false },
    after: [],
    certain: false,
  };
}
const done: OperationResult = { ended: "done" };
const failed = (as: CloudErrorClass, member?: string): OperationResult => ({
  ended: "failed",
  error: new CloudError(as, `it is ${as}`, { member }),
});
const blocked: OperationResult = { ended: "blocked", by: "one" };

/** Whom the rounds left out, and how many rounds that took. */
async function leftOut(
  all: readonly LiveMember[],
  run: (members: readonly LiveMember[]) => Round,
  { isLeft = false } = {},
) {
  let rounds = 0;
  const { served, rejected } = await runRounds(all, { isLeft, retain: false, rules: {} }, async (members) => {
    rounds += 1;
    return run(members);
  });
  return { served: served.map(nameOf), rejected: rejected.map(({ member }) => nameOf(member)), rounds };
}

describe("a rejected member is left out", () => {
  const [a, b] = live("a", "b") as [LiveMember, LiveMember];

  test("if others wait for what failed for it", async () => {
    const found = await leftOut([a, b], (members) =>
      members.includes(a)
        ? round(
            { key: "one", members: [a], result: failed("invalid") },
            { key: "two", members: [b], result: blocked },
          )
        : round({ key: "two", members: [b], result: done }),
    );
    expect(found).toEqual({ served: ["b"], rejected: ["a"], rounds: 2 });
  });

  test("if the cloud names it among several", async () => {
    const found = await leftOut([a, b], (members) =>
      round({ key: "both", members, result: members.includes(b) ? failed("invalid", uid(b)) : done }),
    );
    expect(found).toEqual({ served: ["a"], rejected: ["b"], rounds: 2 });
  });

  test.each([
    ["if it hurts nobody else", "a", failed("invalid"), done],
    ["if it may pass", "a", failed("quota"), blocked],
    ["if it would lose what it has", "a!", failed("invalid"), blocked],
  ])("but not %s", async (_why, name, ofOne, ofTwo) => {
    const [one] = live(name) as [LiveMember];
    const found = await leftOut([one, b], () =>
      round({ key: "one", members: [one], result: ofOne }, { key: "two", members: [b], result: ofTwo }),
    );
    expect(found).toEqual({ served: [name, "b"], rejected: [], rounds: 1 });
  });
});

describe("nobody is left out for nobody's sake", () => {
  const [a, b] = live("a", "b") as [LiveMember, LiveMember];
  const rejectsAll = (members: readonly LiveMember[]) =>
    round(
      ...members.map((member) => ({ key: nameOf(member), members: [member], result: failed("invalid") })),
      { key: "both", members, result: blocked },
      { key: "nobody's", members: [], result: blocked },
    );

  test.each([
    ["who is alone", [a]],
    ["all together", [a, b]],
  ])("%s", async (_who, all) => {
    const found = await leftOut(all, rejectsAll);
    expect(found).toEqual({ served: all.map(nameOf), rejected: [], rounds: 1 });
  });

  test("who holds up only himself", async () => {
    const found = await leftOut([a, b], () =>
      round(
        { key: "one", members: [a], result: failed("invalid") },
        { key: "two", members: [a], result: blocked },
      ),
    );
    expect(found).toEqual({ served: ["a", "b"], rejected: [], rounds: 1 });
  });

  test("all of whom each alone is rejected for what they have in common", async () => {
    const found = await leftOut([a, b], (members) => {
      expect(members).not.toEqual([]);
      return round({ key: "document", members: [a, b], result: failed("invalid") });
    });
    expect(found).toMatchObject({ served: ["a", "b"], rejected: [] });
  });

  test("but who is alone is for the sake of one who leaves", async () => {
    const found = await leftOut([a], (members) => (members.length === 0 ? round() : rejectsAll(members)), {
      isLeft: true,
    });
    expect(found).toEqual({ served: [], rejected: ["a"], rounds: 2 });
  });
});

test("who takes over what others made is never left out", async () => {
  const [heir, b] = live("heir", "b") as [LiveMember, LiveMember];
  const lb = { ...heir.lb, spec: { ...heir.lb.spec, adopt: "prod" } };
  const adopting = { lb, member: { ...heir.member, lb } };
  const found = await leftOut([adopting, b], () =>
    round(
      { key: "one", members: [adopting], result: failed("invalid") },
      { key: "two", members: [b], result: blocked },
    ),
  );
  expect(found).toEqual({ served: ["heir", "b"], rejected: [], rounds: 1 });
});

test("what a rejected member has is told from what there is after the last round", async () => {
  const [a, b] = live("a", "b") as [LiveMember, LiveMember];
  const thing = (cloudId: string): ObservedResource => ({
    id: cloudId,
    kind: "thing",
    cloudId,
    fields: {},
    dependsOn: [],
    ours: true,
  });
  const { rejected } = await runRounds(
    [a, b],
    { isLeft: false, retain: false, rules: {} },
    async (members) =>
      members.includes(a)
        ? {
            ...round(
              { key: "one", members: [a], result: failed("invalid") },
              { key: "two", members: [b], result: blocked },
            ),
            after: [thing("its own"), thing("all")],
          }
        : { ...round({ key: "two", members: [b], result: done }), after: [thing("all")] },
  );
  expect(rejected.map(({ round: { after } }) => after)).toEqual([[thing("all")]]);
});

describe("where the cloud rejects a write for many and names nobody", () => {
  const all = live("old!", ...Array.from({ length: 64 }, (_, index) => `new-${index}`));

  test("the culprits are found by halving, and the others are served", async () => {
    const found = await leftOut(all, (members) => {
      const isBad = members.some((member) => ["new-7", "new-40"].includes(nameOf(member)));
      return round({ key: "document", members, result: isBad ? failed("invalid") : done });
    });
    expect(found.rejected.sort()).toEqual(["new-40", "new-7"]);
    expect(found.served).toHaveLength(63);
    expect(found.rounds).toBeLessThan(30);
  });

  test("nothing is planned for nobody, which would take down what was begun for those who are not to blame", async () => {
    const [bad, ...good] = live("bad", "good", "fine") as [LiveMember, LiveMember, LiveMember];
    const found = await leftOut([bad, ...good], (members) => {
      expect(members).not.toEqual([]);
      const result = members.includes(bad) ? failed("invalid") : done;
      return round({ key: "all", members, result });
    });
    expect(found).toMatchObject({ served: ["good", "fine"], rejected: ["bad"] });
  });

  test("all stay in if it is rejected without the newcomers too", async () => {
    const found = await leftOut(all, (members) =>
      round({ key: "document", members, result: failed("invalid") }),
    );
    expect(found).toMatchObject({ rejected: [], rounds: 3 });
  });

  test("so too where each entry of one write serves one member", async () => {
    const found = await leftOut(all, (members) => {
      const isBad = members.some((member) => nameOf(member) === "new-7");
      const keys = members.map(nameOf);
      const result: OperationResult = isBad
        ? { ended: "failed", error: new CloudError("invalid", "no"), together: keys }
        : done;
      return round(...members.map((member) => ({ key: nameOf(member), members: [member], result })));
    });
    expect(found.rejected).toEqual(["new-7"]);
    expect(found.served).toHaveLength(64);
  });
});
