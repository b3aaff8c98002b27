import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { generatedFiles } from "../../../scripts/generate/files.ts";

const root = join(import.meta.dirname, "../../..");

test.each(generatedFiles())("$path is what npm run generate writes", async ({ path, text }) => {
  expect(await readFile(join(root, path), "utf8")).toBe(text);
});
