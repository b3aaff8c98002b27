/**
 * Completes `package-lock.json` after a dependency changed (`npm run lock`). npm leaves out the programs for platforms that
 * the registry at hand does not hold, and `npm ci` then refuses the lock everywhere. They are entered by version and
 * platform; without a checksum, which only a registry that has them could tell.
 */
import { readFileSync, writeFileSync } from "node:fs";

interface Package {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, Package | object> };
const packages = lock.packages as Record<string, Package>;
const platform =
  /[-/](?<os>android|darwin|freebsd|linux|win32|openharmony)-(?<cpu>arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64)(?:-(?<abi>\w+))?$/;

let added = 0;
for (const [path, { optionalDependencies = {}, dev }] of Object.entries({ ...packages })) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (isLocked(path, name)) continue;
    const target = platform.exec(name)?.groups;
    if (target === undefined || !/^\d/.test(version)) {
      console.error(`Cannot tell the platform of ${name} ${version}, asked for by ${path}`);
      process.exitCode = 1;
      continue;
    }
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [target.cpu],
      ...(dev ? { dev } : {}),
      ...(target.os === "linux" && target.abi
        ? { libc: [target.abi.includes("musl") ? "musl" : "glibc"] }
        : {}),
      optional: true,
      os: [target.os],
    };
    added++;
  }
}
const sorted = Object.entries(lock.packages).sort(([one], [other]) => one.localeCompare(other, "en"));
writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
console.log(`Lock file: ${added} packages of other platforms entered`);

/** Whether the package at `path` finds `name`, as Node looks for it: beside it, then further up. */
function isLocked(path: string, name: string): boolean {
  if (`${path === "" ? "" : `${path}/`}node_modules/${name}` in packages) return true;
  if (path === "") return false;
  const end = path.lastIndexOf("/node_modules/");
  return isLocked(end < 0 ? "" : path.slice(0, end), name);
}
