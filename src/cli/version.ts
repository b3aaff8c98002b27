/** What this package is called and which version it is, read from its package.json once. */

import { readFileSync } from "node:fs";

interface About {
  readonly version: string;
  readonly description: string;
}

let about: About | undefined;

/** Holds for the bundle (`dist/bin`) and its later parts (`dist/bin/later`), and for the sources (`src/cli`). */
export function aboutPackage(): About {
  about ??= read();
  return about;
}

export function version(): string {
  return aboutPackage().version;
}

function read(): About {
  for (const up of ["../../", "../../../"]) {
    try {
      const text = readFileSync(new URL(`${up}package.json`, import.meta.url), "utf8");
      const found = JSON.parse(text) as About & { name?: string };
      if (found.name === "fairlead") return found;
    } catch {
      // Looked for one folder further up.
    }
  }
  return { version: "unknown", description: "" };
}
