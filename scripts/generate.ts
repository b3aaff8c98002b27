/**
 * Writes everything that is generated from src/api. With --check it writes nothing, and fails when a file is not what
 * it would write.
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { generatedFiles } from "./generate/files.ts";

const root = join(import.meta.dirname, "..");
const check = process.argv.includes("--check");
const stale: string[] = [];

for (const { path, text } of generatedFiles()) {
  const file = join(root, path);
  const before = await readFile(file, "utf8").catch(() => undefined);
  if (before === text) continue;
  stale.push(path);
  if (check) continue;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

if (check && stale.length > 0) {
  console.error(`Not current: ${stale.join(", ")}. Run: npm run generate`);
  process.exitCode = 1;
} else {
  console.log(check ? "Generated files are current." : `Wrote ${stale.length} files. ${stale.join(" ")}`);
}
