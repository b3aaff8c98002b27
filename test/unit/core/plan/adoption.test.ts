import { describe, expect, test } from "@jest/globals";
import { plan } from "../../../../src/core/plan/plan.ts";
import { reference } from "../../../../src/core/plan/reference.ts";
import type {
  DesiredResource,
  KindRules,
  ObservedResource,
  PlanPolicy,
} from "../../../../src/core/plan/types.ts";

const allow: PlanPolicy = { replacement: "Allow", drift: "Repair", deletion: "Delete" };
const fixed = new Set(["scheme", "protocol", "parent"]);
const kind: KindRules = {
  change: (field) => (fixed.has(field) ? "replace" : "update"),
  replace: "create-first",
  changesAddress: true,
};
const rules = { balancer: kind, listener: kind, group: kind };

/** A balancer to be adopted, with one listener that sends to one group; all marked by `tags`. */
const balancer: DesiredResource = {
  id: "balancer",
  kind: "balancer",
  fields: { scheme: "internal", tags: "ours" },
  dependsOn: [],
  members: ["m"],
  adopt: "lb-1",
};
const group = {
  ...balancer,
  id: "group/80",
  kind: "group",
  fields: { protocol: "TCP", tags: "ours" },
  adopt: undefined,
};
const listener: DesiredResource = {
  ...balancer,
  id: "listener/80",
  kind: "listener",
  fields: { parent: reference("balancer"), to: reference("group/80"), tags: "ours" },
  adopt: undefined,
};
const desired = [balancer, group, listener];

const foreign = (id: string, cloudId: string, more: Partial<ObservedResource> = {}): ObservedResource => ({
  id,
  kind: id.split("/")[0] as string,
  cloudId,
  fields: {},
  dependsOn: [],
  ours: false,
  adoption: "allowed",
  ...more,
});
const theirs = foreign("balancer", "lb-1", { fields: { scheme: "internal", tags: "" } });
const theirGroup = foreign("group/80", "tg-1", { fields: { protocol: "TCP", tags: "" } });
const theirListener = foreign("listener/80", "ln-1", {
  fields: { parent: "lb-1", to: "tg-1", tags: "" },
  dependsOn: ["balancer", "group/80"],
});
const all = [theirs, theirGroup, theirListener];

function planned(observed: ObservedResource[], policy = allow, wanted = desired) {
  const made = plan(wanted, observed, rules, policy);
  return {
    runs: made.operations.map(({ key }) => key),
    held: made.held.map(({ operation, waitsFor }) => `${operation.key}: ${waitsFor}`),
    refused: made.refused.map(({ cloudId, because }) => `${cloudId} ${because}`),
    made,
  };
}

describe("what is named, and may be taken", () => {
  test("is changed to what is wanted, with what comes with it; nothing is made anew", () => {
    const { runs, held, refused, made } = planned(all);
    expect(runs).toEqual(["update balancer", "update group/80", "update listener/80"]);
    expect([held, refused]).toEqual([[], []]);
    expect(made.operations[0]).toMatchObject({
      cloudId: "lb-1",
      because: "takes over lb-1",
      changes: [{ field: "tags", from: "", to: "ours" }],
    });
  });

  test("gets what it lacks", () => {
    expect(planned([theirs]).runs).toEqual(["create group/80", "update balancer", "create listener/80"]);
  });

  test("loses what nobody wants, once all else is done", () => {
    const spare = [
      foreign("listener/81", "ln-2", { dependsOn: ["balancer", "group/81"] }),
      foreign("group/81", "tg-2"),
    ];
    const { runs, made } = planned([...all, ...spare]);
    expect(runs).toEqual([
      "update balancer",
      "update group/80",
      "update listener/80",
      "delete listener/81 ln-2",
      "delete group/81 tg-2",
    ]);
    expect(made.operations.find(({ key }) => key === "delete listener/81 ln-2")?.after).toEqual([
      "update balancer",
      "update group/80",
      "update listener/80",
    ]);
    expect(planned([...all, ...spare], { ...allow, deletion: "Retain" }).held).toEqual([
      "delete listener/81 ln-2: Deletion",
      "delete group/81 tg-2: Deletion",
    ]);
  });

  test("is taken up again where an interruption left it", () => {
    const half = { ...theirs, ours: true, fields: { scheme: "internal", tags: "ours" } };
    expect(planned([half, theirGroup, theirListener]).runs).toEqual([
      "update group/80",
      "update listener/80",
    ]);
  });

  test("leaves alone what it is not, though that may be taken too", () => {
    const other = foreign("balancer", "lb-0", { fields: { scheme: "internal" } });
    const { runs } = planned([...all, other]);
    expect(runs).toEqual(["update balancer", "update group/80", "update listener/80"]);
  });
});

describe("nothing is taken, and nothing made in its place, where", () => {
  const rows: [string, ObservedResource[], string][] = [
    ["what is named does not exist", [], "lb-1 does not exist"],
    [
      "it is somebody else's",
      [{ ...theirs, adoption: { refused: "is marked by cluster x" } }, theirGroup, theirListener],
      "lb-1 is marked by cluster x",
    ],
    [
      "nothing says that it may be taken",
      [{ ...theirs, adoption: undefined }],
      "lb-1 does not carry our mark, and nothing says",
    ],
    [
      "it is something else",
      [foreign("group/80", "lb-1")],
      "lb-1 is group group/80, which cannot take this place",
    ],
    [
      "it would have to be replaced",
      [{ ...theirs, fields: { scheme: "public", tags: "" } }, theirGroup, theirListener],
      'lb-1 would have to be replaced: scheme is "public", and has to be "internal"',
    ],
    [
      "what comes with it would have to be replaced",
      [theirs, { ...theirGroup, fields: { protocol: "UDP" } }, theirListener],
      'lb-1 comes with group tg-1, which would have to be replaced: protocol is "UDP", and has to be "TCP"',
    ],
  ];
  test.each(rows)("%s", (_sentence, observed, reason) => {
    const { runs, refused, made } = planned(observed);
    const known = new Set(observed.map(({ id }) => id));
    expect(runs.filter((key) => !key.startsWith("create group") || known.has("group/80"))).toEqual([]);
    expect(refused).toContainEqual(expect.stringContaining(reason));
    expect(made.refused.filter(({ adoption }) => adoption).map(({ cloudId }) => cloudId)).toEqual(["lb-1"]);
    expect(made.held.map(({ operation }) => operation.key)).toEqual(
      known.has("listener/80") ? [] : ["create listener/80"],
    );
  });

  test("one of ours stands in its place, which goes on as it is wanted", () => {
    const mine = { ...theirs, cloudId: "lb-2", ours: true, fields: { scheme: "internal", tags: "old" } };
    const { runs, refused } = planned([mine, ...all.slice(0, 1)]);
    expect(runs).toEqual(["create group/80", "update balancer", "create listener/80"]);
    expect(refused).toEqual(["lb-1 cannot take the place of lb-2, which is there already"]);
  });

  test("nothing is named", () => {
    const { runs, refused } = planned(all, allow, [{ ...balancer, adopt: undefined }, group, listener]);
    expect(runs).toEqual([]);
    expect(refused).toHaveLength(3);
  });
});
