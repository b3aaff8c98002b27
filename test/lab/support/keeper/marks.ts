/** Which indexes of labs are taken on this machine, and by which process: one file each, made before the lab and removed after it. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = "/run/fairlead-lab";
const mostLabs = 64;

/** Takes the first index that nobody has; undefined if there is none. */
export function takeIndex(): number | undefined {
  for (let index = 0; index < mostLabs; index++) if (take(String(index))) return index;
  return undefined;
}

export function giveBack(index: number): void {
  rmSync(fileOf(String(index)), { force: true });
}

/**
 * Calls `sweep` with each index whose holder is gone, and gives it back then. If another process is at it, does nothing: two would
 * come to remove what a third has begun to make.
 */
export async function sweepAbandoned(sweep: (index: number) => Promise<void>): Promise<void> {
  const lock = "sweep";
  if (isAbandoned(lock)) rmSync(fileOf(lock), { force: true });
  if (!take(lock)) return;
  try {
    for (const index of marks().filter((each) => isAbandoned(String(each)))) {
      await sweep(index);
      giveBack(index);
    }
  } finally {
    rmSync(fileOf(lock), { force: true });
  }
}

/** Its process. */
export function keeperOf(index: number): number {
  return Number(readFileSync(fileOf(String(index)), "utf8").split(" ")[0]);
}

function take(name: string): boolean {
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(fileOf(name), `${process.pid} ${startOf(process.pid)}`, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function isAbandoned(name: string): boolean {
  try {
    const [pid = "", start] = readFileSync(fileOf(name), "utf8").split(" ");
    // A mark that is being written right now is empty.
    return start !== undefined && startOf(Number(pid)) !== start;
  } catch {
    return false;
  }
}

function marks(): number[] {
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder)
    .map(Number)
    .filter((index) => Number.isInteger(index));
}

function fileOf(name: string): string {
  return join(folder, name);
}

/** When a process began, in ticks since the machine did: with it, a process id is never another's. Of one that has ended: "". */
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command in brackets, and may hold spaces. Field 3 is the state, field 22 the start (proc_pid_stat(5)).
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const isZombie = fields[0] === "Z";
    return isZombie ? "" : (fields[19] ?? "");
  } catch {
    return "";
  }
}
