/** The quick start as the README tells to run it, from its first line to its end. */
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { expect, jest, test } from "@jest/globals";

// It builds the package, and starts a control plane of its own.
jest.setTimeout(300_000);

const root = fileURLToPath(new URL("../../", import.meta.url));

function quickstart(): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "scripts/quickstart.ts", "--once"],
      { cwd: root, env: { ...process.env, NODE_OPTIONS: "" } },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` }),
    );
  });
}

const leftovers = async () =>
  (await readdir(tmpdir())).filter((name) => /^fairlead-(quickstart|controller)-/.test(name));

test("every Service gets what it asks for, the one that can't says why, and nothing is left behind", async () => {
  const before = new Set(await leftovers());
  const { code, output } = await quickstart();
  expect(output).toMatch(/^shop +mail +198\.51\.100\.10 +metal +mail +Ready/m);
  expect(output).toMatch(/^shop +legacy +- +metal +legacy +Waiting +AddressNotInPool/m);
  expect(code).toBe(0);
  expect((await leftovers()).filter((name) => !before.has(name))).toEqual([]);
});
