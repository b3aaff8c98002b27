/** Asks a program for its version and compares it with the one wanted. */
import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import type { Pin } from "./pins.ts";

/** Whether a program can be used, and if not, why in words. */
export type Verdict = { readonly ok: true } | { readonly ok: false; readonly why: string };

const timeoutMs = 20_000;

/** Runs the program, so a file of another platform, a broken download and another version all come out as refusals. */
export async function checkVersion(
  path: string,
  pin: Pick<Pin, "version" | "versionArgs">,
): Promise<Verdict> {
  const executable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!executable) return { ok: false, why: `no program ${path}` };
  const answer = await run(path, pin.versionArgs);
  if (!answer.ok) return { ok: false, why: `${path} ${pin.versionArgs.join(" ")} failed: ${answer.output}` };
  const version = /\bv?(\d+\.\d+\.\d+(?:-[\w.]+)?)/.exec(answer.output)?.[1];
  if (version === pin.version) return { ok: true };
  return { ok: false, why: `${path} is version ${version ?? "unknown"}, wanted is ${pin.version}` };
}

function run(path: string, args: readonly string[]): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    execFile(path, args, { timeout: timeoutMs }, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim();
      resolve(error === null ? { ok: true, output } : { ok: false, output: output || error.message });
    });
  });
}
