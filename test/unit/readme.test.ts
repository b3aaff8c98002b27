/** What the README shows is what comes of it. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { kubeconfigOf } from "../../src/testing/control-plane/credentials.ts";

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
    expect(() =>
      readFileSync(join(root, path.endsWith("/") ? `${path}README.md` : path.replace(/#.*/, ""))),
    ).not.toThrow();
});

test("what it adds to a kubeconfig takes nobody's place, not even in that of npm run control-plane", () => {
  const added = [...readme.matchAll(/kubectl config set-(credentials|context) (\S+)/g)];
  expect(added.map(([, what]) => what)).toEqual(["credentials", "context"]);
  const login = { server: "https://127.0.0.1:1", caPem: "", token: "" };
  const { users, contexts } = parse(kubeconfigOf(login)) as Record<"users" | "contexts", { name: string }[]>;
  const taken = [...users, ...contexts].map(({ name }) => name);
  expect(taken).toHaveLength(2);
  for (const [, , name] of added) expect(taken).not.toContain(name);
});

test("the controller runs by the context that was added, and that one by the user that was added", () => {
  const [user, context] = [...readme.matchAll(/kubectl config set-\w+ (\S+)/g)].map(([, name]) => name);
  expect(readme).toContain(`set-context ${context} --user=${user} `);
  expect(readme).toContain(`npx fairlead controller --context ${context}\n`);
});
