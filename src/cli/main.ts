#!/usr/bin/env node
/** The `fairlead` command: parses the command line and loads what the chosen command needs, and no more. */

import { exitCodes } from "./exit-codes.ts";
import { printable } from "./output/printable.ts";
import { createProgram } from "./program.ts";
import { isUserError } from "./user-error.ts";

// `fairlead … | head` ends the reader first.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? exitCodes.ok.code : exitCodes.failed.code);
});

try {
  await createProgram().parseAsync();
} catch (error) {
  if (!isUserError(error)) throw error;
  const lines = [`fairlead: ${error.message}`, ...error.advice].flatMap((text) => text.split("\n"));
  process.stderr.write(`${lines.map(printable).join("\n")}\n`);
  process.exitCode = exitCodes.failed.code;
}
