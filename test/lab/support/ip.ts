/** Runs `ip` (iproute2) and other programs of the system. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Labs work where only root's folders are missing from PATH. */
export const env = { PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin:/usr/bin:/bin` };

/** What the program prints. @throws with what it says when it fails. */
export async function system(command: string, args: readonly string[], input = ""): Promise<string> {
  const running = run(command, args, { env, maxBuffer: 64 * 1024 * 1024 });
  running.child.stdin?.on("error", () => {});
  running.child.stdin?.end(input);
  const { stdout } = await running;
  return stdout;
}

/** Runs commands of `ip`, one a line, in a namespace or in the machine's own. */
export async function ip(lines: readonly string[], namespace?: string): Promise<void> {
  if (lines.length === 0) return;
  const within = namespace === undefined ? [] : ["-n", namespace];
  await system("ip", [...within, "-batch", "-"], `${lines.join("\n")}\n`);
}

/** What `ip -json` knows. */
export async function ipJson<T>(args: readonly string[], namespace?: string): Promise<T[]> {
  const within = namespace === undefined ? [] : ["-n", namespace];
  const text = await system("ip", [...within, "-json", ...args]);
  return text.trim() === "" ? [] : (JSON.parse(text) as T[]);
}
