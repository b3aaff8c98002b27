/** Bundles the command line: one file, and beside it what is loaded later. */
import { fileURLToPath } from "node:url";
import { type BuildResult, build } from "esbuild";
import { schemaKeys } from "./schema-keys.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** `outdir`: from the root of the checkout. Without `write` nothing is written, and only the result tells what would be. */
export function bundle(o: {
  readonly outdir: string;
  readonly write?: boolean;
}): Promise<BuildResult<{ metafile: true }>> {
  return build({
    absWorkingDir: root,
    metafile: true,
    logLevel: "warning",
    ...o,
    entryPoints: {
      fairlead: "src/cli/main.ts",
      // A thread starts from a file. Beside what is loaded later, for who starts it is.
      "later/network-thread": "src/agent/thread/network-thread.ts",
    },
    bundle: true,
    platform: "node",
    // Of ES modules only what is used goes into the bundle.
    mainFields: ["module", "main"],
    plugins: [schemaKeys],
    // Looks for its machine code in node_modules.
    external: ["koffi"],
    format: "esm",
    target: "node22",
    // What is imported dynamically becomes a file of its own, read only when it is needed.
    splitting: true,
    chunkNames: "later/[name]-[hash]",
    minify: true,
    // Error classes and functions are told apart by name in logs.
    keepNames: true,
    // Bundled CommonJS packages call require(), which an ES module does not have.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });
}
