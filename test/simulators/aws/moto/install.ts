/** Installs moto into a virtual environment of its own in the user's cache, once for each version of it and of Python. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rename } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { withLock } from "../../../../src/testing/control-plane/lock.ts";
import { startSupervisor } from "../../../../src/testing/control-plane/supervised.ts";

const requirements = fileURLToPath(new URL("../requirements.txt", import.meta.url));

export interface InstallOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log?: ((line: string) => void) | undefined;
}

/**
 * The path of a Python that has moto. The first time this takes half a minute and asks pip's package index.
 * @throws when there is no Python 3.11 with venv, or when pip fails
 */
export async function installMoto(o: InstallOptions): Promise<string> {
  const cache = join(o.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "fairlead", "moto");
  const folder = join(cache, await nameOf(o));
  const python = join(folder, "bin", "python");
  if (await isThere(python)) return python;
  await mkdir(cache, { recursive: true });
  await withLock(join(cache, ".lock"), { log: o.log }, async () => {
    // Whoever held the lock before us may have installed it.
    if (!(await isThere(python))) await install(cache, folder, o);
  });
  return python;
}

/** Tells apart every set of packages and every Python: a virtual environment is bound to the Python that made it. */
async function nameOf(o: InstallOptions): Promise<string> {
  const listed = await readFile(requirements, "utf8");
  const version = /^moto==(?<version>\S+)$/m.exec(listed)?.groups?.version;
  const sum = createHash("sha256").update(listed).digest("hex").slice(0, 8);
  return `${version}-python${await pythonVersion(o)}-${sum}`;
}

async function pythonVersion(o: InstallOptions): Promise<string> {
  const program = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])";
  try {
    const { stdout } = await promisify(execFile)("python3", ["-c", program], { env: environment(o) });
    return stdout.trim();
  } catch (error) {
    throw new Error(
      "Cannot run moto: it needs python3 (3.11 or newer) with venv on the PATH; on Debian: apt-get install python3-venv",
      { cause: error },
    );
  }
}

async function install(cache: string, folder: string, o: InstallOptions): Promise<void> {
  o.log?.("Installing moto with pip. The first time this takes half a minute; the result is kept.");
  // Under a supervisor, so that a half-made environment goes with whoever asked for it.
  const supervisor = await startSupervisor(await mkdtemp(join(cache, ".install-")));
  const made = join(supervisor.directory, "moto");
  const run = async (name: string, command: string, args: readonly string[]) => {
    const program = await supervisor.start(name, command, args, { env: environment(o) });
    const ended = await program.exited;
    if (ended !== "exited with code 0")
      throw new Error(`Cannot install moto: ${name} ${ended}:\n${await program.log()}`);
  };
  try {
    await run("venv", "python3", ["-m", "venv", made]);
    // Without dependencies: the file lists all of them.
    const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    await run("pip", join(made, "bin", "python"), [...install, "--requirement", requirements]);
    // A rename, so that nobody ever sees half of it. The programs in `bin` name the old path; `python -m` does not care.
    await rename(made, folder);
  } finally {
    await supervisor.end();
  }
}

/** pip is configured by the user's variables and files. */
function environment(o: InstallOptions): Record<string, string> {
  const set = Object.entries(o.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(set);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
