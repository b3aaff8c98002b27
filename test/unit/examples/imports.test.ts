import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

const exported = ["../../src/index.ts", "../../src/runtime/index.ts", "../../src/testing/index.ts"];

test.each(["custom-provider", "custom-controller"])("%s is made of what the package exports", (name) => {
  const folder = new URL(`../../../examples/${name}/`, import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  const imports = files.flatMap((file) => {
    const text = readFileSync(new URL(file, folder), "utf8");
    return [...text.matchAll(/\bfrom "([^"]+)"|\bimport\("([^"]+)"\)/g)].map(
      ([, from, late]) => from ?? late,
    );
  });
  const others = imports.filter((from = "") => !/^(?:node:|\.\/)/.test(from));
  expect(others.length).toBeGreaterThan(0);
  expect([...new Set(others)].filter((from = "") => !exported.includes(from))).toEqual([]);
});
