/** The built `fairlead` command: made if it is missing or older than the sources, and run. */
import { execFile, spawnSync } from "node:child_process";
import { globSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const command = "dist/bin/fairlead.js";

/** @throws Error when the build fails; what it says goes to the terminal. */
export function buildIfStale(tell: (line: string) => void): void {
  const built = statSync(`${root}${command}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const newest = Math.max(
    ...globSync("src/**/*.ts", { cwd: root }).map((file) => statSync(`${root}${file}`).mtimeMs),
  );
  if (built > newest) return;
  tell("Building fairlead …");
  const { status } = spawnSync(process.execPath, ["scripts/build.ts"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error("npm run build failed");
}

/** What it prints. @throws with what it says when it fails. */
export async function runCommand(args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [`${root}${command}`, ...args]);
    return stdout.trimEnd();
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`fairlead ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
