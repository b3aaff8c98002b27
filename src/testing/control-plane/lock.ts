/** A lock between processes: one file that names its holder, given up by itself when the holder is gone. */
import { open, readFile, rm, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

const pauseMs = 500;
/** A lock without a readable holder is being written right now, or was left by a crash in that very moment. */
const unreadableForMs = 5_000;

/**
 * Runs `work` while nobody else on this machine runs work under the same file. When a holder crashed and two wait, both may
 * get on at once: use it to save work, not to keep things whole.
 */
export async function withLock<T>(
  file: string,
  o: { readonly log?: ((line: string) => void) | undefined; readonly signal?: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T> {
  let told = false;
  while (!(await take(file))) {
    if (!told) o.log?.(`Another process is at it, waiting for ${file}`);
    told = true;
    await delay(pauseMs, undefined, { signal: o.signal });
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<boolean> {
  try {
    const handle = await open(file, "wx");
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  if (await isStale(file)) await rm(file, { force: true });
  return false;
}

async function isStale(file: string): Promise<boolean> {
  const holder = Number.parseInt(await readFile(file, "utf8").catch(() => ""), 10);
  if (Number.isInteger(holder)) return !isAlive(holder);
  const age = await stat(file).then(
    (found) => Date.now() - found.mtimeMs,
    () => 0,
  );
  return age > unreadableForMs;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
