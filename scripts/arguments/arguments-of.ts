/** Reads what was given to a script behind `npm run NAME --`. */
import { type ParseArgsConfig, parseArgs } from "node:util";

/**
 * The values of the options. With `--help` or `-h` prints the usage and ends the process with code 0; of what can't be used prints why, and the
 * usage, and ends it with code 1. So it is to be called before anything is started.
 */
export function argumentsOf<const O extends NonNullable<ParseArgsConfig["options"]>>(
  usage: string,
  options: O,
) {
  const given = process.argv.slice(2);
  if (given.some((each) => each === "--help" || each === "-h")) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  try {
    return parseArgs({ args: given, options }).values;
  } catch (error) {
    return refuseArguments(Error.isError(error) ? error.message : String(error), usage);
  }
}

/** Prints why an argument can't be used, and the usage; ends the process with code 1. */
export function refuseArguments(why: string, usage: string): never {
  process.stderr.write(`${why}\n\n${usage}\n`);
  process.exit(1);
}
