import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseDocuments, readBounded } from "../../../src/cli/read-yaml.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairlead-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

const errorsOf = async (text: string) => (await parseDocuments(text)).map(({ error }) => error);

describe("documents", () => {
  test("know their line, and empty ones are left out", async () => {
    const text = "---\n# nothing\n---\na: 1\n---\n\nb: 2\n---\n";
    expect(await parseDocuments(text)).toEqual([
      { line: 4, value: { a: 1 } },
      { line: 7, value: { b: 2 } },
    ]);
  });

  test("may be JSON", async () => {
    expect(await parseDocuments('{"a": [1, "x"]}')).toEqual([{ line: 1, value: { a: [1, "x"] } }]);
  });

  test("that can't be parsed say where, and leave the others readable", async () => {
    const documents = await parseDocuments("a: 1\n---\nb: [1\nc: 2\n---\nd: 3\n");
    expect(documents.map(({ value }) => value)).toContainEqual({ a: 1 });
    expect(documents.map(({ error }) => error).join()).toMatch(/line \d, column \d/);
  });

  test("with a key given twice are refused", async () => {
    expect(await errorsOf("a: 1\na: 2\n")).toEqual([expect.stringContaining("line 2")]);
  });

  test("whose aliases multiply are refused", async () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const list = Array.from({ length: 9 }, () => (level === 0 ? "lol" : `*a${level - 1}`)).join(", ");
      return `a${level}: &a${level} [${list}]`;
    });
    expect(await errorsOf(levels.join("\n"))).toEqual([expect.stringContaining("alias")]);
  });

  test("nested deeper than a stack are refused, not crashed on", async () => {
    const errors = await errorsOf("[".repeat(200_000));
    expect(errors.every((error) => typeof error === "string")).toBe(true);
    expect(errors.length).toBeGreaterThan(0);
  });

  test("do not reach the prototype of objects", async () => {
    await parseDocuments("__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}");
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe("a file", () => {
  test("larger than allowed is refused", async () => {
    const path = join(folder, "large.yaml");
    await writeFile(path, "a".repeat(2_000));
    await expect(readBounded(path, 1_000)).rejects.toThrow("it is larger than");
  });

  test("that is not there, or is a directory, is said to be so", async () => {
    await expect(readBounded(join(folder, "none.yaml"))).rejects.toThrow("there is no such file");
    await expect(readBounded(folder)).rejects.toThrow("it is a directory");
  });
});
