/** Structured logs: a constant message, facts as fields. What can write them (pino) is loaded when asked for. */
import { plainFields } from "./log-fields.ts";
import { textLine } from "./log-text.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. Cheap: one per reconcile is fine. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  /** Default: "info". "silent" writes nothing. */
  readonly level?: LogLevel | "silent";
  /** "json" (default) is one object per line; "text" is for people. */
  readonly format?: "json" | "text";
  /** Takes whole lines. Default: standard error, written synchronously so that the last words are not lost. */
  readonly destination?: { write(line: string): void };
}

/**
 * A logger on pino.
 *
 * Fields are made plain before they are written: errors become their message, code and causes, values under names
 * such as `token` or `password` and bearer tokens within strings are replaced, long strings are cut.
 */
export async function createLogger({
  level = "info",
  format = "json",
  destination,
}: LoggerOptions = {}): Promise<Logger> {
  if (level === "silent") return silentLogger;
  // The default export: bundlers give nothing else of a CommonJS package that is imported dynamically.
  const { default: pino } = await import("pino");
  const sink = destination ?? pino.destination({ dest: 2, sync: true });
  const target = format === "json" ? sink : { write: (line: string) => sink.write(textLine(line)) };
  const writer = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    target,
  );
  return loggerOn((at, message, fields) => {
    if (writer.isLevelEnabled(at)) writer[at](plainFields(fields), message);
  });
}

/** A logger on any function: for library users who have a logger of their own. Fields come as they were given. */
export function loggerOn(
  write: (level: LogLevel, message: string, fields: LogFields) => void,
  bound: LogFields = {},
): Logger {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) =>
    write(level, message, fields === undefined ? bound : { ...bound, ...fields });
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => loggerOn(write, { ...bound, ...fields }),
  };
}

const nothing = () => {};

export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
};
