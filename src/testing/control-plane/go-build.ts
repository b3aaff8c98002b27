/** Builds programs with Go from the modules that pin them, into a folder. */
import { access, constants, mkdtemp, rename } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BinaryName, linkerSettings, type Pin, pins } from "./pins.ts";
import { type Supervisor, startSupervisor } from "./supervised.ts";
import { checkVersion } from "./version.ts";

interface BuildOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Built = Map<BinaryName, { found: string } | { missing: string }>;

const tellEveryMs = 15_000;

/** Builds the named programs, those of one module together, since they share most of their packages. */
export async function buildWithGo(
  names: readonly BinaryName[],
  folder: string,
  o: BuildOptions,
): Promise<Built> {
  const results: Built = new Map();
  for (const module of ["kubernetes", "helm"] as const) {
    const mine = names.filter((name) => pins[name].module === module);
    if (mine.length === 0) continue;
    for (const [name, result] of await buildModule(module, mine, folder, o)) results.set(name, result);
  }
  return results;
}

async function buildModule(
  module: Pin["module"],
  names: readonly BinaryName[],
  folder: string,
  o: BuildOptions,
): Promise<Built> {
  // Under a supervisor, so that a build goes with whoever asked for it, and its half-made files with it.
  const supervisor = await startSupervisor(await mkdtemp(join(folder, ".build-")));
  try {
    const failure = await goBuild(module, names, supervisor, o);
    if (failure !== undefined)
      return new Map(names.map((name) => [name, { missing: `Go build: ${failure}` }]));
    const results: Built = new Map();
    for (const name of names)
      results.set(name, await keep(name, join(supervisor.directory, pins[name].builtAs), folder));
    return results;
  } finally {
    await supervisor.end();
  }
}

async function keep(
  name: BinaryName,
  built: string,
  folder: string,
): Promise<{ found: string } | { missing: string }> {
  const verdict = await checkVersion(built, pins[name]);
  if (!verdict.ok) return { missing: `Go build: ${verdict.why}` };
  // A rename, so that nobody ever sees half a program.
  await rename(built, join(folder, name));
  return { found: join(folder, name) };
}

/** Runs the build; gives what went wrong in words, or nothing. */
async function goBuild(
  module: Pin["module"],
  names: readonly BinaryName[],
  supervisor: Supervisor,
  o: BuildOptions,
): Promise<string | undefined> {
  const go = await programOnPath("go", o.env.PATH);
  if (go === undefined) return "no go on the PATH";
  const flags = ["-s", "-w", ...linkerSettings[module]].join(" ");
  const packages = names.map((name) => pins[name].goPackage);
  const args = [
    "build",
    "-trimpath",
    "-mod=readonly",
    "-ldflags",
    flags,
    "-o",
    `${supervisor.directory}/`,
    ...packages,
  ];
  const cwd = fileURLToPath(new URL(`./binaries/${module}`, import.meta.url));
  o.log?.(
    `Building ${names.join(", ")} with Go. The first time this takes some 5 minutes; the result is kept.`,
  );
  const begun = Date.now();
  const told = setInterval(() => o.log?.(`  still building, ${secondsSince(begun)} s`), tellEveryMs);
  const build = await supervisor.start("go", go, args, { cwd, env: environment(o.env) });
  const stop = () => build.signal("SIGKILL");
  o.signal?.addEventListener("abort", stop, { once: true });
  // It may have been called off while the build was being started.
  if (o.signal?.aborted) stop();
  try {
    const ended = await build.exited;
    o.signal?.throwIfAborted();
    if (ended !== "exited with code 0") return `go build ${ended}:\n${await build.log()}`;
    o.log?.(`Built in ${secondsSince(begun)} s`);
    return undefined;
  } finally {
    clearInterval(told);
    o.signal?.removeEventListener("abort", stop);
  }
}

function environment(env: BuildOptions["env"]): Record<string, string> {
  const set = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(set), CGO_ENABLED: "0", GOWORK: "off" };
}

async function programOnPath(name: string, path = ""): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter((entry) => entry !== "")) {
    const program = join(folder, name);
    const found = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return program;
  }
  return undefined;
}

function secondsSince(then: number): number {
  return Math.round((Date.now() - then) / 1000);
}
