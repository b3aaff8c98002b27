/** What comes with `import … from "fairlead"`. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const root = join(import.meta.dirname, "../..");

/** Modules that a process has loaded after these statements. */
function loadedBy(statements: string): string[] {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    ${statements}
    process.stdout.write(JSON.stringify(loaded));`;
  const run = spawnSync(process.execPath, ["--no-warnings", "--input-type=module", "-e", program], {
    cwd: root,
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout) as string[];
}

const heavy = /node_modules\/(@aws-sdk|@smithy|@kubernetes)\//;

test("the provider for AWS is made without its SDK, which only a request to AWS loads", () => {
  const made = `const { createAws } = await import("./src/index.ts"); createAws();`;
  const loaded = loadedBy(made);
  expect(loaded).toContain(`file://${root}/src/providers/aws/index.ts`);
  expect(loaded.filter((url) => heavy.test(url))).toEqual([]);
  expect(loadedBy(`await import("./src/providers/aws/sdk.ts");`).some((url) => heavy.test(url))).toBe(true);
});
