/** Turns a JSON log line into one that a person reads: time, level, message, then field=value. */

/** Returns the line as it is when it is not a JSON object. Always ends with a newline. */
export function textLine(jsonLine: string): string {
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(jsonLine) as Record<string, unknown>;
  } catch {
    // Whatever it is, losing it would be worse than showing it raw.
    return jsonLine.endsWith("\n") ? jsonLine : `${jsonLine}\n`;
  }
  const { time, level, msg, ...fields } = line;
  const parts = Object.entries(fields).map(([name, value]) => `${name}=${textValue(value)}`);
  return `${[time, String(level).toUpperCase().padEnd(5), msg, ...parts].join(" ")}\n`;
}

function textValue(value: unknown): string {
  if (typeof value === "string") return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  if (isError(value)) return JSON.stringify(errorText(value));
  return JSON.stringify(value) ?? "undefined";
}

interface LoggedError {
  readonly name: string;
  readonly message: string;
  readonly cause?: unknown;
}

function isError(value: unknown): value is LoggedError {
  return typeof value === "object" && value !== null && "message" in value && "name" in value;
}

function errorText(error: LoggedError): string {
  const own = error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
  return isError(error.cause) ? `${own} (caused by ${errorText(error.cause)})` : own;
}
