import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { forbiddenImports } from "../../../scripts/lint/import-directions.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fairlead-imports-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

describe("forbidden", () => {
  test.each([
    ["an import of a room above", "core/plan.ts", 'import { x } from "../controllers/x.ts";'],
    ["a type from a room above", "core/plan.ts", 'import type { X } from "../controllers/x.ts";'],
    ["an inline type from a room above", "core/plan.ts", 'let x: import("../controllers/x.ts").X;'],
    ["a dynamic import of a room above", "core/plan.ts", 'await import("../controllers/x.ts");'],
    ["a dynamic import in backquotes", "core/plan.ts", "const f = () => import(`../controllers/x.ts`);"],
    ["a re-export from a room above", "core/plan.ts", 'export { x } from "../controllers/x.ts";'],
    ["a re-export of everything", "core/plan.ts", 'export * from "../controllers/x.ts";'],
    ["a re-exported type", "core/plan.ts", 'export type { X } from "../controllers/x.ts";'],
    ["require of a room above", "core/plan.ts", 'const x = require("../controllers/x.ts");'],
    ["an import for its side effects", "core/plan.ts", 'import "../controllers/x.ts";'],
    ["anything of ours in api", "api/kinds.ts", 'import type { X } from "../core/x.ts";'],
    ["more of api than meta.ts in the runtime", "runtime/cache.ts", 'import { x } from "../api/names.ts";'],
    ["core in the runtime", "runtime/cache.ts", 'import { x } from "../core/x.ts";'],
    ["the runtime in core", "core/plan.ts", 'import type { X } from "../runtime/x.ts";'],
    ["another provider", "providers/aws/desire.ts", 'import { x } from "../azure/x.ts";'],
    ["the command line in testing", "testing/suite.ts", 'import { x } from "../cli/x.ts";'],
    ["controllers in the agent", "agent/node.ts", 'import { x } from "../controllers/x.ts";'],
    ["the command line in the library", "index.ts", 'export { x } from "./cli/x.ts";'],
    ["a file outside src", "core/plan.ts", 'import { x } from "../../scripts/x.ts";'],
    ["a room that nobody planned", "misc/x.ts", 'import { x } from "../core/x.ts";'],
    [
      "client-node loaded at start",
      "runtime/kube.ts",
      'import { KubeConfig } from "@kubernetes/client-node";',
    ],
  ])("%s", (_, file, text) => {
    write(file, `${text}\nexport {};\n`);
    expect(forbiddenImports(root)).toEqual([expect.stringContaining(`${file} imports `)]);
  });
});

describe("allowed", () => {
  test.each([
    [
      "the file of api that the runtime shares",
      "runtime/cache.ts",
      'import type { X } from "../api/meta.ts";',
    ],
    ["rooms below", "controllers/x.ts", 'import { x } from "../providers/provider.ts";'],
    ["the same room", "core/plan/plan.ts", 'import { x } from "../ip/x.ts";'],
    ["what all providers share", "providers/aws/desire.ts", 'import type { X } from "../provider.ts";'],
    [
      "client-node as a type",
      "runtime/kube.ts",
      'import type { KubeConfig } from "@kubernetes/client-node";',
    ],
    [
      "client-node when needed",
      "runtime/kube.ts",
      'export const f = () => import("@kubernetes/client-node");',
    ],
    ["packages and Node's own modules", "core/plan.ts", 'import { x } from "node:path"; import "zod";'],
    [
      "an import that is only talked about",
      "core/plan.ts",
      '// import "../cli/x.ts"\nconst s = `from "../cli/x.ts"`;',
    ],
  ])("%s", (_, file, text) => {
    write(file, `${text}\nexport {};\n`);
    expect(forbiddenImports(root)).toEqual([]);
  });
});

test("the house is in order", () => {
  expect(forbiddenImports("src")).toEqual([]);
});
