/** Finds the programs of the control plane, one by one, in the places and the order that the documentation names. */
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { download } from "./download.ts";
import { buildWithGo } from "./go-build.ts";
import { hostPlatform } from "./host-platform.ts";
import { withLock } from "./lock.ts";
import { type BinaryName, kubernetesVersion, pins } from "./pins.ts";
import { checkVersion } from "./version.ts";

/** Where to look, and how to tell what is going on. */
export interface FindOptions {
  /** Variables read: KUBEBUILDER_ASSETS, XDG_CACHE_HOME, FAIRLEAD_NO_DOWNLOAD, PATH. Default: those of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Gets a line whenever something slow begins or ends. Default: nothing is told. */
  readonly log?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Source = (name: BinaryName) => Promise<Attempt>;
type Attempt = { found: string } | { missing: string };

/**
 * The path of each program asked for. Looks, one program at a time, in `KUBEBUILDER_ASSETS`, in the cache folder of
 * the user, at the official releases (unless `FAIRLEAD_NO_DOWNLOAD` is set), and last builds with Go what is still
 * missing. What was downloaded or built is kept in the cache. Every program is asked for its version first; one of
 * another version is not used.
 * @throws with everything that was tried and what to install, when a program is in none of the places
 */
export async function findBinaries<Name extends BinaryName>(
  names: readonly Name[],
  o: FindOptions = {},
): Promise<Record<Name, string>> {
  const env = o.env ?? process.env;
  const cache = cacheFolder(env);
  const found = new Map<BinaryName, string>();
  const tried = new Map<BinaryName, string[]>(names.map((name) => [name, []]));

  async function lookIn(source: Source): Promise<BinaryName[]> {
    const open = names.filter((name) => !found.has(name));
    const attempts = await Promise.all(open.map(async (name) => ({ name, attempt: await source(name) })));
    for (const { name, attempt } of attempts) {
      if ("found" in attempt) found.set(name, attempt.found);
      else tried.get(name)?.push(attempt.missing);
    }
    return names.filter((name) => !found.has(name));
  }

  await lookIn(fromAssets(env));
  if ((await lookIn(fromCache(cache))).length > 0) {
    await mkdir(cache, { recursive: true });
    await withLock(join(cache, ".lock"), { log: o.log, signal: o.signal }, async () => {
      // Whoever held the lock before us may have brought what we lack.
      for (const name of await lookIn(fromCache(cache))) tried.get(name)?.pop();
      await lookIn(fromRelease(cache, env, o));
      const open = names.filter((name) => !found.has(name));
      const built = await buildWithGo(open, cache, { env, log: o.log, signal: o.signal });
      await lookIn(async (name) => built.get(name) ?? { missing: "Go build: not tried" });
    });
  }
  const open = names.filter((name) => !found.has(name));
  if (open.length > 0) throw new Error(explain(open, tried, cache));
  return Object.fromEntries(found) as Record<Name, string>;
}

/** The folder that keeps the programs of this version and platform. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  const home = env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache");
  const { os, arch } = hostPlatform();
  return join(home, "fairlead", "control-plane", `v${kubernetesVersion}-${os}-${arch}`);
}

function fromAssets(env: Readonly<Record<string, string | undefined>>): Source {
  const folder = env.KUBEBUILDER_ASSETS;
  if (!folder) return async () => ({ missing: "KUBEBUILDER_ASSETS: not set" });
  return (name) => fromFolder(`KUBEBUILDER_ASSETS`, folder, name);
}

function fromCache(cache: string): Source {
  return (name) => fromFolder("cache", cache, name);
}

async function fromFolder(place: string, folder: string, name: BinaryName): Promise<Attempt> {
  const path = join(folder, name);
  const verdict = await checkVersion(path, pins[name]);
  return verdict.ok ? { found: path } : { missing: `${place}: ${verdict.why}` };
}

function fromRelease(
  cache: string,
  env: Readonly<Record<string, string | undefined>>,
  o: FindOptions,
): Source {
  if (env.FAIRLEAD_NO_DOWNLOAD)
    return async () => ({ missing: "download: switched off by FAIRLEAD_NO_DOWNLOAD" });
  return async (name) => {
    const result = await download(name, cache, o);
    return result.ok ? { found: result.path } : { missing: `download: ${result.why}` };
  };
}

function explain(
  open: readonly BinaryName[],
  tried: ReadonlyMap<BinaryName, readonly string[]>,
  cache: string,
): string {
  const lines = open.flatMap((name) => [
    `  ${name} ${pins[name].version}`,
    ...(tried.get(name) ?? []).map((line) => `    - ${line}`),
  ]);
  return [
    `Cannot find ${open.join(", ")}. Tried:`,
    ...lines,
    "Do one of these:",
    "  - install Go 1.26 or newer (https://go.dev/dl) and run this again: they are then built, once, in about 5 minutes;",
    `  - put the programs into ${cache};`,
    "  - set KUBEBUILDER_ASSETS to a folder that has them.",
  ].join("\n");
}
