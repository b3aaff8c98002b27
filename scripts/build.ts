/** Makes `dist/`: the library with its declarations, and the command line as one file with what it loads later beside it. */
import { spawnSync } from "node:child_process";
import { chmod, cp, rm, stat } from "node:fs/promises";
import { bundle } from "./build/bundle.ts";

const root = new URL("../", import.meta.url).pathname;

await rm(`${root}dist`, { recursive: true, force: true });
const result = await bundle({ outdir: "dist/bin" });
await chmod(`${root}dist/bin/fairlead.js`, 0o755);
for (const file of Object.keys(result.metafile.outputs)) {
  const { size } = await stat(`${root}${file}`);
  console.log(`${file}  ${(size / 1024).toFixed(0)} KiB`);
}

const compiler = `${root}node_modules/typescript/bin/tsc`;
const options = { cwd: root, stdio: "inherit" } as const;
const compiled = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], options);
if (compiled.status !== 0) process.exitCode = 1;
// The Go modules are not code for the compiler, yet fairlead/testing builds from them.
await cp(`${root}src/testing/control-plane/binaries`, `${root}dist/lib/testing/control-plane/binaries`, {
  recursive: true,
});
