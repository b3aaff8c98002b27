/** The demo of bare metal as a person runs it, from its first line to its end. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, jest, test } from "@jest/globals";
import { describeLab } from "./support/describe-lab.ts";
import { ipJson } from "./support/ip.ts";

// It builds the package first, if the sources are newer.
jest.setTimeout(300_000);

const root = fileURLToPath(new URL("../../", import.meta.url));

describeLab("the demo of bare metal", ["nft"], () => {
  test("the page comes again after the announcing agent was killed, and nothing is left behind", async () => {
    const { code, output } = await demo();
    expect(output).toMatch(
      /kill -9 of the agent of (node\d)\n(?!\1)node\d answers\. The page says: backend /,
    );
    expect(output).toMatch(/through fd77::/);
    expect(code).toBe(0);
    const [, mark = "none"] = /network namespace: (fls\d+-)/.exec(output) ?? [];
    const left = await ipJson<{ name: string }>(["netns", "list"]);
    expect(left.filter(({ name }) => name.startsWith(mark))).toEqual([]);
  });
});

function demo(): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "scripts/demo-bare-metal.ts", "--once"],
      { cwd: root, env: { ...process.env, NODE_OPTIONS: "" } },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` }),
    );
  });
}
