import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";

const root = join(import.meta.dirname, "../../..");
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

/** As npm starts the script, without what is built before. */
function run(name: string, ...given: string[]) {
  const file = /\S+\.ts$/.exec(scripts[name] ?? "")?.[0] ?? "";
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", file, ...given],
    { cwd: root, encoding: "utf8", timeout: 30_000, env: { ...process.env, NODE_OPTIONS: "" } },
  );
  return { status, stdout, stderr };
}

describe.each(["control-plane", "quickstart", "demo:aws", "simulator:aws", "bench:aws", "bench:allocate"])(
  "npm run %s",
  (name) => {
    test("says with --help what it does, and starts nothing", () => {
      const { status, stdout, stderr } = run(name, "--help");
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toContain(`npm run ${name} `);
    });

    test("says what it does not understand, and what it does, without a stack trace", () => {
      const { status, stdout, stderr } = run(name, "--nonsense");
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(/^Unknown option '--nonsense'/);
      expect(stderr).toContain(`npm run ${name} `);
      expect(stderr).not.toMatch(/^ +at /m);
    });
  },
);

test("a port that is none is refused before anything is started", () => {
  const { status, stderr } = run("simulator:aws", "--port", "http");
  expect(status).toBe(1);
  expect(stderr).toMatch(/^Cannot listen on port "http"/);
  expect(stderr).not.toMatch(/^ +at /m);
});
