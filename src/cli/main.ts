#!/usr/bin/env node
/** The `fairlead` command: parses the command line and loads what the chosen command needs, and no more. */

import { exitCodes } from "./exit-codes.ts";
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
  process.stderr.write(`${[`fairlead: ${error.message}`, ...error.advice].join("\n")}\n`);
  process.exitCode = exitCodes.failed.code;
}
