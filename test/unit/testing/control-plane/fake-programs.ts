/** Folders with programs that only know their version, to stand for the real ones. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "@jest/globals";
import { type BinaryName, pins } from "../../../../src/testing/control-plane/pins.ts";

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-test-"));
  made.push(folder);
  return folder;
}

/** Writes a program that is the given shell script. */
export function script(folder: string, name: string, text: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return path;
}

/** Writes a program that reports a version, by default the one that is wanted. */
export function program(folder: string, name: BinaryName, version = pins[name].version): string {
  return script(folder, name, `echo "${name} v${version}"`);
}
