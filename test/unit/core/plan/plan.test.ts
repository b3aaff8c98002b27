import { describe, expect, test } from "@jest/globals";
import { formatPlan } from "../../../../src/core/plan/format.ts";
import { fingerprint } from "../../../../src/core/plan/json.ts";
import { acknowledgementFor, plan } from "../../../../src/core/plan/plan.ts";
import { reference, sharedReference } from "../../../../src/core/plan/reference.ts";
import type {
  DesiredResource,
  KindRules,
  ObservedResource,
  Plan,
  PlanPolicy,
} from "../../../../src/core/plan/types.ts";

const allow: PlanPolicy = { replacement: "Allow", drift: "Repair", deletion: "Delete" };
const ask: PlanPolicy = { ...allow, replacement: "Acknowledge" };

const fixed = new Set(["scheme", "protocol", "parent"]);
const kind = (rules: Partial<KindRules> = {}): KindRules => ({
  change: (field) => (fixed.has(field) ? "replace" : "update"),
  replace: "create-first",
  changesAddress: false,
  ...rules,
});
/** A balancer has the address; a rule sits on it and sends to a backend; a firewall is shared by all. */
const rules: Record<string, KindRules> = {
  balancer: kind({ changesAddress: true }),
  backend: kind(),
  rule: kind({ order: 1 }),
  zone: kind(),
  frontend: kind({ replace: "delete-first" }),
  firewall: kind({
    widen: (_field, from, to) =>
      Array.isArray(from) && Array.isArray(to)
        ? [...new Set([...from, ...to])].sort((a, b) => Number(a) - Number(b))
        : undefined,
  }),
};

const want = (id: string, rest: Partial<DesiredResource> = {}): DesiredResource => ({
  id,
  kind: id.split("/")[0] as string,
  fields: {},
  dependsOn: [],
  members: ["a"],
  ...rest,
});
const have = (id: string, rest: Partial<ObservedResource> = {}): ObservedResource => ({
  id,
  kind: id.split("/")[0] as string,
  cloudId: `${id}#1`,
  fields: {},
  dependsOn: [],
  ours: true,
  ...rest,
});
const keys = (made: Plan): string[] => made.operations.map(({ key }) => key);
const held = (made: Plan): string[] =>
  made.held.map(({ operation, waitsFor }) => `${operation.key}: ${waitsFor}`);

const scheme = (value: string) => ({ fields: { scheme: value } });
const onBalancer = { fields: { parent: reference("balancer/lb") }, dependsOn: [] };

describe("what is planned", () => {
  const table: {
    name: string;
    desired?: DesiredResource[];
    observed?: ObservedResource[];
    policy?: Partial<PlanPolicy>;
    runs?: string[];
    waits?: string[];
    refuses?: string[];
  }[] = [
    { name: "nothing, where nothing is wanted and nothing is there" },
    {
      name: "what is used is created before what uses it",
      desired: [want("rule/80", onBalancer), want("balancer/lb")],
      runs: ["create balancer/lb", "create rule/80"],
    },
    {
      name: "what uses is deleted before what is used",
      observed: [have("balancer/lb"), have("rule/80", { dependsOn: ["balancer/lb"] })],
      runs: ["delete rule/80 rule/80#1", "delete balancer/lb balancer/lb#1"],
    },
    {
      name: "what depends through something that needs no change waits as well",
      desired: [
        want("firewall/f", { fields: { open: [80, 81] } }),
        want("balancer/lb", { dependsOn: ["firewall/f"] }),
        want("backend/b", { dependsOn: ["balancer/lb"] }),
      ],
      observed: [have("firewall/f", { fields: { open: [80] } }), have("balancer/lb")],
      runs: ["update firewall/f", "create backend/b"],
    },
    {
      name: "of what is free at the same time the kind of lower order comes first",
      desired: [
        want("balancer/lb"),
        want("rule/80", onBalancer),
        want("zone/z", { dependsOn: ["balancer/lb"] }),
      ],
      runs: ["create balancer/lb", "create zone/z", "create rule/80"],
    },
    {
      name: "what is no longer wanted goes after its user has let go of it",
      desired: [want("rule/80", { fields: { target: null } })],
      observed: [
        have("backend/b"),
        have("rule/80", { fields: { target: "backend/b#1" }, dependsOn: ["backend/b"] }),
      ],
      runs: ["update rule/80", "delete backend/b backend/b#1"],
    },
    {
      name: "what stands under the id of its user as another kind goes before it, and its user comes after",
      desired: [
        want("zone/z", { kind: "frontend", fields: { protocol: "UDP" } }),
        want("rule/80", { dependsOn: ["zone/z"] }),
      ],
      observed: [
        have("zone/z", { kind: "frontend", fields: { protocol: "TCP" } }),
        have("rule/80", { kind: "backend", dependsOn: ["zone/z"] }),
      ],
      runs: ["delete rule/80 rule/80#1", "delete zone/z zone/z#1", "create zone/z", "create rule/80"],
    },
    {
      name: "what is listed twice counts once, and is not ours if one listing says so",
      observed: [have("backend/a"), have("backend/a"), have("backend/b"), have("backend/b", { ours: false })],
      runs: ["delete backend/a backend/a#1"],
    },
    {
      name: "a field that nobody asked for is left to others",
      desired: [want("balancer/lb", { fields: { idle: 60 } })],
      observed: [have("balancer/lb", { fields: { idle: 60, protection: true } })],
    },
    {
      name: "a successor is created before its sibling is deleted",
      desired: [want("balancer/lb"), want("rule/81", onBalancer)],
      observed: [have("balancer/lb"), have("rule/80", { dependsOn: ["balancer/lb"] })],
      runs: ["create rule/81", "delete rule/80 rule/80#1"],
    },
    {
      name: "a document shared by many is widened before its users change and narrowed after",
      desired: [
        want("firewall/f", { fields: { open: [81] } }),
        want("backend/b", { dependsOn: ["firewall/f"] }),
      ],
      observed: [have("firewall/f", { fields: { open: [80] } })],
      runs: ["update firewall/f", "create backend/b", "narrow firewall/f"],
    },
    {
      name: "users move to the new one before the old one goes",
      desired: [
        want("backend/b", { fields: { protocol: "UDP" } }),
        want("rule/80", { fields: { target: reference("backend/b") } }),
      ],
      observed: [
        have("backend/b", { fields: { protocol: "TCP" } }),
        have("rule/80", { fields: { target: "backend/b#1" }, dependsOn: ["backend/b"] }),
      ],
      runs: ["create backend/b", "update rule/80", "delete backend/b backend/b#1"],
    },
    {
      name: "where two can't stand side by side, users are deleted before and created again after",
      desired: [
        want("frontend/f", { fields: { protocol: "UDP" } }),
        want("rule/80", { fields: { target: reference("frontend/f") } }),
      ],
      observed: [
        have("frontend/f", { fields: { protocol: "TCP" } }),
        have("rule/80", { fields: { target: "frontend/f#1" }, dependsOn: ["frontend/f"] }),
      ],
      runs: [
        "delete rule/80 rule/80#1",
        "delete frontend/f frontend/f#1",
        "create frontend/f",
        "create rule/80",
      ],
    },
    {
      name: "of two copies the one that fits is kept",
      desired: [want("backend/b", { fields: { protocol: "UDP" } })],
      observed: [
        have("backend/b", { cloudId: "b1", fields: { protocol: "TCP" } }),
        have("backend/b", { cloudId: "b2", fields: { protocol: "UDP" } }),
      ],
      runs: ["delete backend/b b1"],
    },
    {
      name: "of two copies the one that can be changed in place is kept, however much differs",
      desired: [want("backend/b", { fields: { protocol: "UDP", idle: 1, size: 1 } })],
      observed: [
        have("backend/b", { cloudId: "b1", fields: { protocol: "TCP", idle: 1, size: 1 } }),
        have("backend/b", { cloudId: "b2", fields: { protocol: "UDP", idle: 2, size: 2 } }),
      ],
      runs: ["update backend/b", "delete backend/b b1"],
    },
    {
      name: "of two equal copies the one that users are served by is kept",
      desired: [want("balancer/lb")],
      observed: [have("balancer/lb", { cloudId: "b1" }), have("balancer/lb", { cloudId: "b2" })],
      policy: { replacement: "Acknowledge", recorded: new Set(["b2"]) },
      runs: ["delete balancer/lb b1"],
    },
    {
      name: "a replacement that destroys an address waits, with all that needs the new one, and the rest goes on",
      desired: [
        want("balancer/lb", { fields: { scheme: "internal", idle: 60 } }),
        want("rule/80", onBalancer),
        want("rule/81", onBalancer),
        want("backend/b"),
      ],
      observed: [
        have("balancer/lb", { fields: { scheme: "external", idle: 30 } }),
        have("rule/80", { fields: { parent: "balancer/lb#1" }, dependsOn: ["balancer/lb"] }),
      ],
      policy: { replacement: "Acknowledge" },
      runs: ["create backend/b", "update balancer/lb", "create rule/81"],
      waits: [
        "create balancer/lb: Acknowledgement",
        "create rule/80: Held",
        "delete rule/80 rule/80#1: Held",
        "delete balancer/lb balancer/lb#1: Acknowledgement",
      ],
    },
    {
      name: "what a held resource still uses stays",
      desired: [want("backend/new"), want("balancer/lb", { fields: { parent: reference("backend/new") } })],
      observed: [
        have("backend/old"),
        have("balancer/lb", { fields: { parent: "backend/old#1" }, dependsOn: ["backend/old"] }),
      ],
      policy: { replacement: "Acknowledge" },
      runs: ["create backend/new"],
      waits: [
        "delete backend/old backend/old#1: InUse",
        "create balancer/lb: Acknowledgement",
        "delete balancer/lb balancer/lb#1: Acknowledgement",
      ],
    },
    {
      name: "what a held resource lets go of goes after that",
      desired: [want("balancer/lb", { fields: { scheme: "internal", log: null } })],
      observed: [
        have("backend/b"),
        have("balancer/lb", { fields: { scheme: "external", log: "backend/b#1" }, dependsOn: ["backend/b"] }),
      ],
      policy: { replacement: "Acknowledge" },
      runs: ["update balancer/lb", "delete backend/b backend/b#1"],
      waits: ["create balancer/lb: Acknowledgement", "delete balancer/lb balancer/lb#1: Acknowledgement"],
    },
    {
      name: "what carries another's mark is refused, and what needs it waits",
      desired: [
        want("balancer/lb", { fields: { idle: 60 } }),
        want("rule/80", onBalancer),
        want("backend/b"),
      ],
      observed: [have("balancer/lb", { ours: false })],
      runs: ["create backend/b"],
      waits: ["create rule/80: Refused"],
      refuses: ["balancer/lb"],
    },
    {
      name: "what uses what is refused is changed, but not in what it uses",
      desired: [
        want("balancer/lb"),
        want("rule/80", { fields: { ...onBalancer.fields, idle: 60 } }),
        want("rule/81", { fields: { on: reference("balancer/lb") } }),
      ],
      observed: [
        have("balancer/lb", { ours: false }),
        have("rule/80", { fields: { parent: "balancer/lb#1", idle: 30 }, dependsOn: ["balancer/lb"] }),
        have("rule/81", { fields: { on: "balancer/other" } }),
      ],
      runs: ["update rule/80"],
      waits: ["update rule/81: Refused"],
      refuses: ["balancer/lb"],
    },
    {
      name: "it is taken apart as a whole, or not at all while others use some of it",
      observed: [
        have("backend/b"),
        have("rule/80", { dependsOn: ["backend/b"] }),
        have("rule/theirs", { ours: false, dependsOn: ["backend/b"] }),
      ],
      waits: ["delete rule/80 rule/80#1: Held", "delete backend/b backend/b#1: Refused"],
      refuses: ["backend/b"],
    },
    {
      name: "what is retained may be used by others",
      observed: [have("backend/b"), have("rule/theirs", { ours: false, dependsOn: ["backend/b"] })],
      policy: { deletion: "Retain" },
      waits: ["delete backend/b backend/b#1: Deletion"],
    },
    {
      name: "what is not ours and not wanted is not even mentioned",
      observed: [have("balancer/lb", { ours: false })],
    },
    {
      name: "what others use is not deleted",
      observed: [have("backend/b"), have("rule/theirs", { ours: false, dependsOn: ["backend/b"] })],
      waits: ["delete backend/b backend/b#1: Refused"],
      refuses: ["backend/b"],
    },
    {
      name: "what was let go of goes, though what is left of the update waits",
      desired: [want("firewall/f", { fields: { open: [], log: null } })],
      observed: [
        have("backend/b"),
        have("firewall/f", { fields: { open: [80], log: "backend/b#1" }, dependsOn: ["backend/b"] }),
        have("rule/80", { dependsOn: ["firewall/f"] }),
        have("rule/theirs", { ours: false, dependsOn: ["rule/80"] }),
      ],
      runs: ["update firewall/f", "delete backend/b backend/b#1"],
      waits: ["delete rule/80 rule/80#1: Refused", "narrow firewall/f: Refused"],
      refuses: ["rule/80"],
    },
    {
      name: "what is named by what is left of an update waits for that",
      desired: [want("firewall/f", { fields: { open: [], log: null } })],
      observed: [
        have("backend/b"),
        have("firewall/f", {
          fields: { open: ["backend/b#1"], log: "backend/b#1" },
          dependsOn: ["backend/b"],
        }),
        have("rule/80", { dependsOn: ["firewall/f"] }),
        have("rule/theirs", { ours: false, dependsOn: ["rule/80"] }),
      ],
      runs: ["update firewall/f"],
      waits: [
        "delete rule/80 rule/80#1: Refused",
        "narrow firewall/f: Refused",
        "delete backend/b backend/b#1: Refused",
      ],
      refuses: ["rule/80"],
    },
    {
      name: "what can't come again does not go, though it would not wait for that",
      desired: [
        want("frontend/f", { fields: { protocol: "UDP" } }),
        want("rule/80", { fields: { target: reference("frontend/f") } }),
        want("backend/b", { fields: { protocol: "UDP" }, dependsOn: ["frontend/f"] }),
      ],
      observed: [
        have("frontend/f", { fields: { protocol: "TCP" } }),
        have("rule/80", { fields: { target: "frontend/f#1" }, dependsOn: ["frontend/f"] }),
        have("backend/b", { fields: { protocol: "TCP" } }),
        have("rule/theirs", { ours: false, dependsOn: ["frontend/f"] }),
      ],
      waits: [
        "delete backend/b backend/b#1: Refused",
        "delete rule/80 rule/80#1: Refused",
        "delete frontend/f frontend/f#1: Refused",
        "create frontend/f: Refused",
        "create backend/b: Refused",
        "create rule/80: Refused",
      ],
      refuses: ["frontend/f"],
    },
    {
      name: "what a later version made under an unknown kind is left and told",
      observed: [have("magic/m")],
      refuses: ["magic/m"],
    },
    {
      name: "the policy retains what is no longer wanted, but not what was replaced",
      desired: [want("backend/b", { fields: { protocol: "UDP" } })],
      observed: [have("backend/b", { fields: { protocol: "TCP" } }), have("rule/80")],
      policy: { deletion: "Retain" },
      runs: ["create backend/b", "delete backend/b backend/b#1"],
      waits: ["delete rule/80 rule/80#1: Deletion"],
    },
    {
      name: "drift is reported only, and what uses the resource goes on",
      desired: [
        want("balancer/lb", { fields: { idle: 60 } }),
        want("rule/80", { ...onBalancer, note: "new" }),
      ],
      observed: [have("balancer/lb", { fields: { idle: 30 } })],
      policy: { drift: "Report", unchanged: ({ note }) => note !== "new" },
      runs: ["create rule/80"],
      waits: ["update balancer/lb: Drift"],
    },
    {
      name: "drift that would ask for a replacement is reported only",
      desired: [want("balancer/lb", scheme("internal"))],
      observed: [have("balancer/lb", scheme("external"))],
      policy: { drift: "Report", unchanged: () => true },
      waits: ["create balancer/lb: Drift", "delete balancer/lb balancer/lb#1: Drift"],
    },
  ];
  test.each(table)(
    "$name",
    ({ desired = [], observed = [], policy = {}, runs = [], waits = [], refuses = [] }) => {
      const made = plan(desired, observed, rules, { ...allow, ...policy });
      expect(keys(made)).toEqual(runs);
      expect(held(made)).toEqual(waits);
      expect(made.refused.map(({ id }) => id)).toEqual(refuses);
    },
  );
});

describe("an acknowledgement", () => {
  const desired = [want("balancer/lb", scheme("internal"))];
  const observed = [have("balancer/lb", scheme("external"))];
  const { id } = plan(desired, observed, rules, ask);

  test("with the id of the plan lets it go on", () => {
    const made = plan(desired, observed, rules, { ...ask, acknowledged: id });
    expect(keys(made)).toEqual(["create balancer/lb", "delete balancer/lb balancer/lb#1"]);
    expect(made.held).toEqual([]);
  });

  const others: [string, DesiredResource[], ObservedResource[]][] = [
    ["to another value", [want("balancer/lb", scheme("private"))], observed],
    ["of another resource", desired, [have("balancer/lb", { ...scheme("external"), cloudId: "b2" })]],
    ["of a later life", desired, [have("balancer/lb", { ...scheme("external"), incarnation: "2" })]],
  ];
  test.each(others)("does not allow a replacement %s", (_name, wanted, there) => {
    const made = plan(wanted, there, rules, { ...ask, acknowledged: id });
    expect(keys(made)).toEqual([]);
    expect(made.id).not.toBe(id);
  });

  test("survives an unrelated edit and the first half of the replacement", () => {
    const edited = [want("balancer/lb", { fields: { scheme: "internal", idle: 60 } })];
    expect(plan(edited, observed, rules, ask).id).toBe(id);
    const half = [...observed, have("balancer/lb", { ...scheme("internal"), cloudId: "b2" })];
    expect(plan(desired, half, rules, ask).id).toBe(id);
  });

  test("of one of two replacements allows that one only, and each member sees its own", () => {
    const two = [...desired, want("balancer/other", { ...scheme("internal"), members: ["b"] })];
    const there = [...observed, have("balancer/other", scheme("external"))];
    const made = plan(two, there, rules, { ...ask, acknowledged: id });
    expect(keys(made)).toEqual(["create balancer/lb", "delete balancer/lb balancer/lb#1"]);
    expect(acknowledgementFor(made, "a")).toBe(id);
    expect(made.id.split(".").sort()).toEqual([id, acknowledgementFor(made, "b")].sort());
  });
});

describe("mistakes of a provider", () => {
  test.each<[string, DesiredResource[], ObservedResource[], string]>([
    [
      "a circle of dependencies",
      [want("rule/a", { dependsOn: ["rule/b"] }), want("rule/b", { dependsOn: ["rule/a"] })],
      [],
      "rule/a -> rule/b -> rule/a",
    ],
    [
      "a circle of users",
      [],
      [have("rule/a", { dependsOn: ["rule/b"] }), have("rule/b", { dependsOn: ["rule/a"] })],
      "delete rule/a rule/a#1 -> delete rule/b rule/b#1 -> delete rule/a rule/a#1",
    ],
    [
      "a dependency on nothing",
      [want("rule/a", { dependsOn: ["rule/b"] })],
      [],
      '"rule/b", which is not desired',
    ],
    ["an id used twice", [want("rule/a"), want("rule/a")], [], '"rule/a" is desired twice'],
    ["a kind without rules", [want("magic/a")], [], 'kind "magic"'],
  ])("%s is named", (_name, desired, observed, message) => {
    expect(() => plan(desired, observed, rules, allow)).toThrow(message);
  });
});

describe("an update", () => {
  test("writes what is wanted, and of fields that it must not change what is there", () => {
    const desired = [want("balancer/lb", { fields: { scheme: "internal", idle: 60 } })];
    const observed = [have("balancer/lb", { fields: { scheme: "external", idle: 30, other: 1 } })];
    const [update] = plan(desired, observed, rules, ask).operations;
    expect(update).toMatchObject({
      do: "update",
      fields: { scheme: "external", idle: 60 },
      changes: [{ field: "idle", from: 30, to: 60 }],
    });
  });

  test("that only narrows is one operation and comes last", () => {
    const desired = [want("firewall/f", { fields: { open: [] } })];
    const observed = [
      have("firewall/f", { fields: { open: [80] } }),
      have("rule/80", { dependsOn: ["firewall/f"] }),
    ];
    expect(keys(plan(desired, observed, rules, allow))).toEqual([
      "delete rule/80 rule/80#1",
      "narrow firewall/f",
    ]);
  });
});

test("a fingerprint does not depend on the order of keys", () => {
  expect(fingerprint({ a: 1, b: [{ c: 2, d: null }] })).toBe(fingerprint({ b: [{ d: null, c: 2 }], a: 1 }));
  expect(fingerprint([1, 2])).not.toBe(fingerprint([2, 1]));
});

test("a plan reads as lines", () => {
  const desired = [
    want("balancer/lb", { fields: { scheme: "internal", idle: 60 }, note: "annotation changed" }),
    want("backend/b", { fields: { protocol: "UDP" } }),
    want("rule/81", { note: "port 81" }),
    want("firewall/f"),
  ];
  const observed = [
    have("balancer/lb", { fields: { scheme: "external", idle: 30 } }),
    have("backend/b", { fields: { protocol: "TCP" } }),
    have("rule/80"),
    have("firewall/f", { ours: false }),
  ];
  const made = plan(desired, observed, rules, ask);
  expect(formatPlan(made)).toBe(
    `
+/- replace backend/b: takes the place of backend/b#1: protocol can't be changed in place
    protocol: TCP → UDP
~ update balancer/lb: annotation changed
    idle: 30 → 60
+ create rule/81: port 81
- delete rule/80 (rule/80#1): no longer wanted
- delete backend/b (backend/b#1): protocol can't be changed in place

Held:
  +/- replace balancer/lb: takes the place of balancer/lb#1: scheme can't be changed in place [waits for acknowledgement ${made.id}]
      idle: 30 → 60
      scheme: external → internal
  - delete balancer/lb (balancer/lb#1): scheme can't be changed in place [waits for acknowledgement ${made.id}]

Refused:
  ! firewall/f (firewall/f#1): exists and does not carry our mark; rename or remove it

Plan ${made.id} destroys addresses.`.trim(),
  );
});

test("what is replaced because of something else names that, and not the field that follows it", () => {
  const of = { parent: reference("balancer/lb") };
  const desired = [want("balancer/lb", { fields: { scheme: "internal" } }), want("rule/80", { fields: of })];
  const observed = [
    have("balancer/lb", { fields: { scheme: "external" } }),
    have("rule/80", { fields: { parent: "balancer/lb#1" }, dependsOn: ["balancer/lb"] }),
  ];
  const bound: KindRules = { change: () => "replace", replace: "create-first", changesAddress: false };
  const reasons = plan(desired, observed, { ...rules, rule: bound }, allow).operations.map(
    ({ key, because }) => `${key}: ${because}`,
  );
  expect(reasons).toContain(
    "create rule/80: takes the place of rule/80#1: uses balancer/lb, which is replaced",
  );
});

test("what is known only once the plan was carried out is told as such", () => {
  const fields = {
    parent: reference("balancer/lb"),
    behind: [sharedReference("network", "firewall", "name")],
  };
  const made = plan([want("balancer/lb"), want("rule/80", { fields })], [], rules, ask);
  expect(formatPlan(made)).toContain(
    [
      "    behind: (known after apply: name of firewall of network)",
      "    parent: (known after apply: balancer/lb)",
    ].join("\n"),
  );
});
