/** Makes log fields plain, short and free of secrets. */

const longestString = 4096;
const deepest = 6;
const longestList = 100;

/** Last words of field names whose values never belong in a log. Compared without case, dashes and underscores. */
const secretNames =
  /(?:token|password|passwd|secret|authorization|cookie|credential|credentials|privatekey|clientkeydata|secretaccesskey|accesskeysecret|apikey)$/;
const bearer = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;
const webToken = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+/g;
const userInfo = /:\/\/[^\s/:@]+:[^\s/@]+@/g;

export function plainFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) plain[name] = plainNamed(name, value, 0);
  return plain;
}

function plainNamed(name: string, value: unknown, depth: number): unknown {
  // A flag or a count under such a name ("token: true") tells no secret and often explains.
  const mayHoldSecret = typeof value === "string" || (typeof value === "object" && value !== null);
  if (mayHoldSecret && secretNames.test(name.toLowerCase().replaceAll(/[-_.]/g, ""))) return "[redacted]";
  return plainValue(value, depth);
}

function plainValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case "string":
      return plainString(value);
    case "bigint":
      return value.toString();
    case "function":
    case "symbol":
      return String(value.toString().slice(0, 80));
    case "object":
      return value === null ? null : plainObject(value, depth);
    default:
      return value;
  }
}

function plainString(text: string): string {
  const cut =
    text.length > longestString ? `${text.slice(0, longestString)}… (${text.length} characters)` : text;
  return cut
    .replaceAll(bearer, "$1 [redacted]")
    .replaceAll(webToken, "[redacted]")
    .replaceAll(userInfo, "://[redacted]@");
}

function plainObject(value: object, depth: number): unknown {
  if (Error.isError(value)) return plainError(value, depth);
  if (depth >= deepest) return "[deep]";
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) {
    const items = value.slice(0, longestList).map((item) => plainValue(item, depth + 1));
    return value.length > longestList ? [...items, `… (${value.length} items)`] : items;
  }
  if (value instanceof Map || value instanceof Set) return plainObject([...value], depth);
  const plain: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) plain[name] = plainNamed(name, item, depth + 1);
  return plain;
}

/** Picked by name: SDK errors carry whole requests with their headers as further properties. */
function plainError(error: Error, depth: number): Record<string, unknown> {
  const plain: Record<string, unknown> = { name: error.name, message: plainString(error.message) };
  for (const field of ["code", "status", "reason", "retryAfterMs"] as const) {
    const value: unknown = (error as unknown as Record<string, unknown>)[field];
    if (typeof value === "string" || typeof value === "number") plain[field] = value;
  }
  if (isProgrammingError(error) && error.stack !== undefined) plain.stack = plainString(error.stack);
  if (error.cause !== undefined && depth < deepest) plain.cause = plainValue(error.cause, depth + 1);
  if (Array.isArray((error as AggregateError).errors) && depth < deepest) {
    plain.errors = plainValue((error as AggregateError).errors, depth + 1);
  }
  return plain;
}

/** A mistake in our code rather than in the world: its stack is worth a log's space. */
export function isProgrammingError(error: unknown): boolean {
  if (!Error.isError(error)) return true;
  return ["TypeError", "ReferenceError", "RangeError", "SyntaxError", "AssertionError"].includes(error.name);
}
