/** Builds programs with Go from the modules that pin them, into a folder. */
import { spawn } from "node:child_process";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BinaryName, linkerSettings, type Pin, pins } from "./pins.ts";
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
  const output = await mkdtemp(join(folder, ".build-"));
  try {
    const failure = await goBuild(module, names, output, o);
    if (failure !== undefined)
      return new Map(names.map((name) => [name, { missing: `Go build: ${failure}` }]));
    const results: Built = new Map();
    for (const name of names) results.set(name, await keep(name, join(output, pins[name].builtAs), folder));
    return results;
  } finally {
    await rm(output, { recursive: true, force: true });
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
  output: string,
  o: BuildOptions,
): Promise<string | undefined> {
  const flags = ["-s", "-w", ...linkerSettings[module]].join(" ");
  const packages = names.map((name) => pins[name].goPackage);
  const args = ["build", "-trimpath", "-mod=readonly", "-ldflags", flags, "-o", `${output}/`, ...packages];
  o.log?.(
    `Building ${names.join(", ")} with Go. The first time this takes some 5 minutes; the result is kept.`,
  );
  const begun = Date.now();
  const told = setInterval(() => o.log?.(`  still building, ${secondsSince(begun)} s`), tellEveryMs);
  try {
    const { error, log } = await run(
      "go",
      args,
      fileURLToPath(new URL(`./binaries/${module}`, import.meta.url)),
      o,
    );
    o.signal?.throwIfAborted();
    if (error === undefined) o.log?.(`Built in ${secondsSince(begun)} s`);
    return error === undefined ? undefined : `${error}${log === "" ? "" : `:\n${log}`}`;
  } finally {
    clearInterval(told);
  }
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  o: BuildOptions,
): Promise<{ error?: string; log: string }> {
  return new Promise((resolve) => {
    const env = { ...o.env, CGO_ENABLED: "0", GOWORK: "off" };
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ["ignore", "ignore", "pipe"],
      ...(o.signal === undefined ? {} : { signal: o.signal }),
    });
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      log = (log + chunk).slice(-4_000);
    });
    child.once("error", (error: NodeJS.ErrnoException) =>
      resolve({ error: error.code === "ENOENT" ? "no go on the PATH" : error.message, log: "" }),
    );
    child.once("close", (code) =>
      resolve(code === 0 ? { log } : { error: `go build ended with code ${code}`, log: log.trim() }),
    );
  });
}

function secondsSince(then: number): number {
  return Math.round((Date.now() - then) / 1000);
}
