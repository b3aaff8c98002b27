/** `fairlead …` run from source, as a user runs it. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ControlPlaneAccess, Identity } from "../../../src/testing/control-plane/access.ts";

const main = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Commands {
  /** Path of a kubeconfig. Default: of `admin`. */
  kubeconfig(as?: Identity): Promise<string>;
  run(args: readonly string[], as?: Identity): Promise<Answer>;
  end(): Promise<void>;
}

export async function commandsOf(controlPlane: ControlPlaneAccess): Promise<Commands> {
  const directory = await mkdtemp(join(tmpdir(), "fairlead-commands-"));
  let files = 0;
  const kubeconfig = async (as?: Identity) => {
    const path = join(directory, `kubeconfig-${files++}`);
    await writeFile(path, await controlPlane.kubeconfig(as), { mode: 0o600 });
    return path;
  };
  return {
    kubeconfig,
    run: async (args, as) => run([...args, "--kubeconfig", await kubeconfig(as)]),
    end: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Never rejects for the command's sake. */
export function run(args: readonly string[], input = ""): Promise<Answer> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", main, ...args],
      // The options of Jest's own process are not for it.
      { env: { ...process.env, NODE_OPTIONS: "" } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}
