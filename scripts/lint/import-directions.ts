/** The rule on who may import what within `src`: downwards only. Reads files; the rule itself is the table. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { importsOf } from "./imports-of.ts";

/** For each room of `src`, what it may import besides itself: a room, or one file of it. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  api: [],
  runtime: ["api/meta.ts"],
  core: ["api"],
  providers: ["core", "runtime", "api"],
  controllers: ["providers", "core", "runtime", "api"],
  agent: ["core", "runtime", "api"],
  testing: ["controllers", "providers", "core", "runtime", "api"],
  cli: ["controllers", "agent", "providers", "core", "runtime", "api", "testing"],
  // What the package exports; the command line and the testing tools have entrances of their own.
  "index.ts": ["controllers", "providers", "core", "runtime", "api"],
};

/** Packages that cost too much to load before they are needed: types, or `await import()`. */
const lazyPackages = ["@kubernetes/client-node"];

/** One sentence for every import under `root` (a folder like `src`) that the rule forbids; an empty list is a clean house. */
export function forbiddenImports(root: string): string[] {
  const files = globSync("**/*.{ts,mts,cts}", { cwd: root }).map(slashes).sort();
  return files.flatMap((file) =>
    importsOf(readFileSync(join(root, file), "utf8")).flatMap((imported) => {
      const why = imported.name.startsWith(".")
        ? refusal(file, slashes(join(dirname(file), imported.name)))
        : lazyPackages.includes(imported.name) && imported.kind === "value"
          ? "loads it at start; use `import type`, or `await import()` where it is needed"
          : undefined;
      return why === undefined ? [] : [`${file} imports ${imported.name}: ${why}`];
    }),
  );
}

function refusal(from: string, to: string): string | undefined {
  if (to.startsWith("../")) return "it lies outside src";
  const [room = "", provider] = from.split("/");
  const [otherRoom = "", otherProvider] = to.split("/");
  const list = allowed[room];
  if (list === undefined) return `"${room}" is no room; add it to the table of import directions`;
  if (room === otherRoom) return betweenProviders(from, to, provider, otherProvider);
  if (list.some((entry) => entry === otherRoom || entry === to)) return undefined;
  return `${room} may import ${list.length === 0 ? "nothing of ours" : list.join(", ")}`;
}

/** Files right under `providers/` are for all; a folder under it is one provider's own. */
function betweenProviders(from: string, to: string, one?: string, other?: string): string | undefined {
  if (!from.startsWith("providers/") || from.split("/").length < 3) return undefined;
  if (to.split("/").length < 3 || one === other) return undefined;
  return `provider ${one} may not import provider ${other}`;
}

function slashes(path: string): string {
  return relative("", path).split(sep).join("/");
}
