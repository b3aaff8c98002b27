/** The demo of AWS as the documentation tells to run it, from its first line to its end. */
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { expect, jest, test } from "@jest/globals";

// It builds the package, starts a control plane of its own, and waits 10 s for its load balancers as they are waited for in AWS.
jest.setTimeout(300_000);

const root = fileURLToPath(new URL("../../", import.meta.url));

function demo(): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "scripts/demo-aws.ts", "--once"],
      { cwd: root, env: { ...process.env, NODE_OPTIONS: "" } },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` }),
    );
  });
}

const leftovers = async () =>
  (await readdir(tmpdir())).filter((name) => /^fairlead-(demo-aws|controller)-/.test(name));

test("Services on AWS are planned, served, edited and deleted, and nothing is left behind, there or here", async () => {
  const before = new Set(await leftovers());
  const { code, output } = await demo();
  const [planned = "", served = "", edited = "", deleted = ""] = output
    .split("\n== ")
    .filter((part) => /^(Before there|The manifests|An edit|Both)/.test(part));
  expect(planned).toMatch(/\+ create load-balancer/);
  expect(planned).toMatch(/no problems\.\n\nAWS was asked:\n +0 writes\n +0 reads/);
  expect(served).toMatch(/ shop +web +- .*Pending/);
  expect(served).toMatch(/ shop +orders +fl-\S+\.elb\.us-west-2\.amazonaws\.com .*Ready/);
  expect(served).toMatch(/ load balancer +fl-shop-web-\S+ +internet-facing, active/);
  expect(served).toMatch(/ load balancer +fl-shop-orders-\S+ +internal, active/);
  expect(edited).toMatch(/load_balancing\.cross_zone\.enabled: true → false/);
  expect(edited).toMatch(/internet-facing, active, 3 zones, listens on TCP 443, TCP 80/);
  expect(deleted).toContain("Nothing is left in AWS.");
  expect(code).toBe(0);
  expect((await leftovers()).filter((name) => !before.has(name))).toEqual([]);
});
