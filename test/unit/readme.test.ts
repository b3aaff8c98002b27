/** What the README shows is what comes of it. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const packageFile = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

function block(language: string): string {
  return new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "s").exec(readme)?.[1] ?? "";
}

test("the plan of the example is the one that is shown", async () => {
  const directory = await mkdtemp(join(tmpdir(), "fairlead-readme-"));
  try {
    const file = join(directory, "example.yaml");
    await writeFile(file, block("yaml"));
    const args = ["--disable-warning=ExperimentalWarning", "src/cli/main.ts", "plan", "-f", file];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
    expect(`$ npx fairlead plan -f example.yaml\n${stdout.trimEnd()}\n`).toBe(block("console"));
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("its scripts and its links exist", () => {
  const scripts = [...readme.matchAll(/npm run ([a-z:-]+)/g)].map(([, name = ""]) => name);
  expect(scripts.filter((name) => packageFile.scripts[name] === undefined)).toEqual([]);
  const links = [...readme.matchAll(/\]\((docs\/[^)]+|examples\/[^)]+)\)/g)].map(([, path = ""]) => path);
  expect(links.length).toBeGreaterThan(0);
  for (const path of links)
    expect(() => readFileSync(join(root, path.endsWith("/") ? `${path}README.md` : path))).not.toThrow();
});
