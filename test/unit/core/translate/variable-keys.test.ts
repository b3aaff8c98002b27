import { describe, expect, test } from "@jest/globals";
import {
  type AnnotationEntry,
  type AnnotationTable,
  readAnnotations,
} from "../../../../src/core/translate/annotations.ts";

const entry = (key: string, sets: AnnotationEntry["sets"], more: Partial<AnnotationEntry> = {}) => ({
  key,
  sets,
  parse: (value: string) =>
    value === "bad"
      ? { ok: false as const, wanted: "something good" }
      : { ok: true as const, value: value.trim() },
  description: "",
  default: "",
  onChange: "",
  ...more,
});
const listener = { name: "protocol-port", pattern: /^(TCP|UDP)-\d{1,5}$/, wanted: "such as TCP-80" };
const port = { name: "port", pattern: /^\d{1,5}$/ };
const table: AnnotationTable = {
  prefixes: ["cloud.example/"],
  entries: [
    entry("cloud.example/attributes", "settings.attributes"),
    entry("cloud.example/attributes", "settings.listenerAttributes", { variable: listener }),
    entry("cloud.example/attributes.of-group", "settings.groupAttributes", { variable: port }),
    entry("cloud.example/old-attributes", "settings.listenerAttributes", { variable: listener }),
    entry("cloud.example/actions", "settings.actions", { variable: listener, maxLength: 4096 }),
  ],
};

function read(annotations: Record<string, string>, frontend = "internal") {
  const { values, refusals, warnings } = readAnnotations(annotations, [table], frontend);
  return {
    values: Object.fromEntries([...values].map(([target, { value }]) => [target, value])),
    refusals: refusals.map(({ message }) => message),
    warnings: warnings.map(({ message }) => message),
  };
}

describe("annotations whose keys end in a part of the user's choice", () => {
  const rows: [string, Record<string, string>, Record<string, unknown>][] = [
    [
      "become one value by that part",
      { "attributes.TCP-80": "a=1", "attributes.UDP-53": "b=2" },
      { "settings.listenerAttributes": { "TCP-80": "a=1", "UDP-53": "b=2" } },
    ],
    [
      "stand beside the key without it, whose frontends stay its own",
      { "attributes.internal": "x", "attributes.TCP-80": "y" },
      { "settings.attributes": "x", "settings.listenerAttributes": { "TCP-80": "y" } },
    ],
    [
      "are told apart by the longest key",
      { "attributes.of-group.80": "x" },
      { "settings.groupAttributes": { "80": "x" } },
    ],
    [
      "may be for one frontend alone, which wins, and not for another",
      {
        "attributes.TCP-80": "both",
        "attributes.TCP-80.internal": "in",
        "attributes.TCP-81.external": "out",
      },
      { "settings.listenerAttributes": { "TCP-80": "in" } },
    ],
    [
      "may be longer where the entry says so",
      { "actions.TCP-80": "x".repeat(4096) },
      { "settings.actions": { "TCP-80": "x".repeat(4096) } },
    ],
  ];
  test.each(rows)("%s", (_sentence, given, values) => {
    const prefixed = Object.fromEntries(
      Object.entries(given).map(([key, value]) => [`cloud.example/${key}`, value]),
    );
    expect(read(prefixed)).toEqual({ values, refusals: [], warnings: [] });
  });

  test("are refused where the part can't be right, and where a value is", () => {
    expect(
      read({
        "cloud.example/attributes.SCTP-80": "x",
        "cloud.example/attributes.TCP-81": "bad",
        "cloud.example/attributes.of-group.80": "x".repeat(1025),
      }),
    ).toEqual({
      values: {},
      refusals: [
        'annotation cloud.example/attributes.TCP-81: cannot use "bad"; wanted: something good',
        expect.stringMatching(/of-group\.80: .*\(1025 characters\); wanted: at most 1024 characters$/),
        'annotation "cloud.example/attributes.SCTP-80": cannot use "SCTP-80" in its name; wanted: cloud.example/attributes.<protocol-port>, where <protocol-port> is such as TCP-80',
      ],
      warnings: [],
    });
  });

  test("of an older name give way part by part, and say so where they differ", () => {
    const given = {
      "cloud.example/attributes.TCP-80": "new",
      "cloud.example/old-attributes.TCP-80": "old",
      "cloud.example/old-attributes.TCP-81": "only",
    };
    expect(read(given)).toEqual({
      values: { "settings.listenerAttributes": { "TCP-80": "new", "TCP-81": "only" } },
      refusals: [],
      warnings: [
        "annotation cloud.example/old-attributes.TCP-80 is ignored because cloud.example/attributes.TCP-80 is set too; remove one of them",
      ],
    });
  });

  test("are found by their misspelt names", () => {
    expect(read({ "cloud.example/atributes.TCP-80.internal": "x" }).warnings).toEqual([
      'annotation "cloud.example/atributes.TCP-80.internal" is not known and has no effect; did you mean cloud.example/attributes.TCP-80.internal?',
    ]);
  });
});
