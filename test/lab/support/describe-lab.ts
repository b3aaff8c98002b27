/** Tests that make network namespaces: run where they can be, and skipped with the reason elsewhere. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { describe } from "@jest/globals";

/** Where Debian keeps what only root needs; not in everybody's PATH. */
const places = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];

/** Like `describe`. Without root or one of the programs, all of it is skipped, and the reason is printed. */
export function describeLab(title: string, programs: readonly string[], tests: () => void): void {
  const why = whyNot(programs);
  if (why === undefined) describe(title, tests);
  else {
    process.stderr.write(`Skipped: ${title}: ${why}\n`);
    describe.skip(title, tests);
  }
}

function whyNot(programs: readonly string[]): string | undefined {
  if (process.getuid?.() !== 0) return "network namespaces need root";
  const missing = ["ip", ...programs].filter((program) => !isInstalled(program));
  if (missing.length === 0) return undefined;
  return `not installed: ${missing.join(", ")} (.ci/debian-packages lists the packages)`;
}

function isInstalled(program: string): boolean {
  return places.some((place) => {
    try {
      accessSync(join(place, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
