import { describe, expect, test } from "@jest/globals";
import {
  type AnnotationEntry,
  type Parsed,
  readAnnotations,
} from "../../../../src/core/translate/annotations.ts";
import { translate } from "../../../../src/core/translate/translate.ts";

const documented = { description: "A fruit.", default: "none", onChange: "nothing" };

function entry(
  key: string,
  sets: AnnotationEntry["sets"],
  parse: AnnotationEntry["parse"] = (value) => ({ ok: true, value }),
): AnnotationEntry {
  return { key: `lab.example.com/${key}`, sets, parse, ...documented };
}

function read(annotations: Record<string, string>, entries: AnnotationEntry[], settings = {}) {
  const named = Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [`lab.example.com/${key}`, value]),
  );
  const { values, refusals, warnings } = readAnnotations(
    named,
    [{ prefixes: ["lab.example.com/"], entries }],
    "default",
    settings,
  );
  return {
    values: Object.fromEntries([...values].map(([target, { value }]) => [target, value])),
    refusals: refusals.map(({ message }) => message),
    warnings: warnings.map(({ message }) => message),
  };
}

const quiet = { refusals: [], warnings: [] };
const trimmed = (value: string): Parsed<string> => ({ ok: true, value: value.trim().toLowerCase() });

describe("the values of annotations", () => {
  test("one that is read as undefined leaves the word to a later entry", () => {
    const silent = entry("first", "settings.fruit", () => ({ ok: true, value: undefined }));
    expect(read({ first: "x", second: "pear" }, [silent, entry("second", "settings.fruit")])).toEqual({
      ...quiet,
      values: { "settings.fruit": "pear" },
    });
  });

  test("two keys that say the same in other words are both right", () => {
    const entries = [
      entry("first", "settings.fruit", trimmed),
      entry("second", "settings.fruit", trimmed),
      entry("third", "settings.fruit", () => ({ ok: true, value: undefined })),
    ];
    expect(read({ first: "Pear", second: "pear ", third: "x" }, entries)).toEqual({
      ...quiet,
      values: { "settings.fruit": "pear" },
    });
    expect(read({ first: "pear", second: "plum" }, entries).warnings).toEqual([
      "annotation lab.example.com/second is ignored because lab.example.com/first is set too; remove one of them",
    ]);
  });

  test("a note becomes a warning, and the value counts", () => {
    const noted = entry("fruit", "settings.fruit", (value) => ({
      ok: true,
      value,
      note: "is out of season",
    }));
    expect(read({ fruit: "pear" }, [noted])).toEqual({
      values: { "settings.fruit": "pear" },
      refusals: [],
      warnings: ["annotation lab.example.com/fruit is out of season"],
    });
  });

  test("what is known and has no effect has another reason than what is not known", () => {
    const entries = [
      entry("first", "settings.fruit", trimmed),
      entry("second", "settings.fruit", trimmed),
      entry("old", "none", () => ({ ok: true, value: undefined, note: "has no effect: use first" })),
    ];
    const annotations = Object.fromEntries(
      Object.entries({ first: "pear", second: "plum", old: "x", frist: "fig" }).map(([key, value]) => [
        `lab.example.com/${key}`,
        value,
      ]),
    );
    const { warnings } = readAnnotations(
      annotations,
      [{ prefixes: ["lab.example.com/"], entries }],
      "default",
    );
    expect(warnings.map(({ reason, message }) => `${reason}: ${message.split(" ")[1]}`)).toEqual([
      "IgnoredAnnotation: lab.example.com/second",
      "IgnoredAnnotation: lab.example.com/old",
      'UnknownAnnotation: "lab.example.com/frist"',
    ]);
  });

  test("an entry that sets nothing may refuse or note its value all the same", () => {
    const none = entry("fruit", "none", (value) =>
      value === "pear" ? { ok: true, value, note: "has no effect" } : { ok: false, wanted: "pear" },
    );
    expect(read({ fruit: "pear" }, [none])).toEqual({
      values: {},
      refusals: [],
      warnings: ["annotation lab.example.com/fruit has no effect"],
    });
    expect(read({ fruit: "plum" }, [none]).refusals).toEqual([
      'annotation lab.example.com/fruit: cannot use "plum"; wanted: pear',
    ]);
  });

  test("what a value means may be told by the settings of the class", () => {
    const byClass = entry("fruit", "settings.fruit", (value, { juice }) => ({
      ok: true,
      value: juice === true ? `${value} juice` : value,
    }));
    expect(read({ fruit: "pear" }, [byClass], { juice: true }).values).toEqual({
      "settings.fruit": "pear juice",
    });
    expect(read({ fruit: "pear" }, [byClass]).values).toEqual({ "settings.fruit": "pear" });
  });

  test("settings within settings are put together", () => {
    const entries = [
      entry("name", "settings.fruit.name"),
      entry("colour", "settings.fruit.colour"),
      entry("bowl", "settings.bowl"),
    ];
    const [lb] = translate({
      service: {
        metadata: {
          name: "web",
          namespace: "shop",
          uid: "1",
          annotations: {
            "lab.example.com/name": "pear",
            "lab.example.com/colour": "green",
            "lab.example.com/bowl": "big",
          },
        },
        spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
      },
      className: "lab",
      cls: { defaults: { scheme: "internal" } },
      annotations: [{ prefixes: ["lab.example.com/"], entries }],
      existing: [],
    });
    expect(lb?.spec.settings).toEqual({ fruit: { name: "pear", colour: "green" }, bowl: "big" });
  });
});
