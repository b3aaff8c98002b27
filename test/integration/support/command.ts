/** `fairlead …` as a user runs it: from source, or as it is built. */
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

export interface RunOptions {
  /** Default: the sources. */
  readonly program?: string;
  /** On top of the test's own. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Commands {
  /** Path of a kubeconfig. Default: of `admin`. */
  kubeconfig(as?: Identity): Promise<string>;
  run(args: readonly string[], as?: Identity, o?: RunOptions): Promise<Answer>;
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
    run: async (args, as, o) => run([...args, "--kubeconfig", await kubeconfig(as)], "", o),
    end: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Never rejects for the command's sake. */
export function run(
  args: readonly string[],
  input = "",
  { program = main, env = {} }: RunOptions = {},
): Promise<Answer> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", program, ...args],
      // The options of Jest's own process are not for it.
      { env: { ...process.env, ...env, NODE_OPTIONS: "" } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}
