/** Reads the values of settings from text. What can't be read is told with what is wanted. */

export type ParsedValue<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly wanted: string };

const ok = <T>(value: T): ParsedValue<T> => ({ ok: true, value });
const wanted = (what: string): ParsedValue<never> => ({ ok: false, wanted: what });

export function parseFlag(text: string): ParsedValue<boolean> {
  if (text === "true") return ok(true);
  return text === "false" ? ok(false) : wanted("true or false");
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** What a timer can hold. */
const longestMs = 2_147_483_647;

/** Go's form: `500ms`, `15s`, `1m30s`. Gives milliseconds. */
export function parseDuration(text: string): ParsedValue<number> {
  const parts = [...text.matchAll(/(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)/gy)];
  const length = parts.reduce((sum, [part]) => sum + part.length, 0);
  const ms = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit ?? ""] ?? 0), 0);
  if (parts.length === 0 || length !== text.length || ms > longestMs) {
    return wanted("a duration such as 500ms, 15s or 1m30s, up to 596h");
  }
  return ok(ms);
}

/** As `parseDuration`, and not shorter than that. */
export function parseDurationFrom(leastMs: number) {
  return (text: string): ParsedValue<number> => {
    const parsed = parseDuration(text);
    if (!parsed.ok || parsed.value >= leastMs) return parsed;
    return wanted(`a duration of at least ${formatDuration(leastMs)}`);
  };
}

export function formatDuration(ms: number): string {
  if (ms !== 0 && ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms !== 0 && ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

export function parseCount(least: number, most: number) {
  return (text: string): ParsedValue<number> => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? ok(value) : wanted(`a whole number from ${least} to ${most}`);
  };
}

export function parseOneOf<const T extends string>(...values: readonly T[]) {
  return (text: string): ParsedValue<T> => {
    const found = values.find((value) => value === text);
    return found === undefined ? wanted(`one of ${values.join(", ")}`) : ok(found);
  };
}

export function parseText(text: string): ParsedValue<string> {
  return text === "" ? wanted("some text") : ok(text);
}

/** A DNS label, as namespaces and most objects are named. */
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export function parseName(text: string): ParsedValue<string> {
  return label.test(text) ? ok(text) : wanted("a name of lower case letters, digits and dashes, at most 63");
}

export function parseNames(text: string): ParsedValue<readonly string[]> {
  const names = [
    ...new Set(
      text
        .split(",")
        .map((name) => name.trim())
        .filter(Boolean),
    ),
  ];
  const bad = names.find((name) => !label.test(name));
  return bad === undefined ? ok(names) : wanted(`names of namespaces, separated by commas; "${bad}" is none`);
}

/** Separated by commas; what is empty is left out. */
export function parseList(text: string): ParsedValue<readonly string[]> {
  const entries = text.split(",").map((entry) => entry.trim());
  return ok([...new Set(entries.filter(Boolean))]);
}

/** `undefined`: served nowhere. */
export type BindAddress = { readonly host?: string; readonly port: number } | undefined;

/** `:8080`, `127.0.0.1:8080`, `[::1]:8080`; `0` for nowhere. Port 0 takes any free one. */
export function parseBindAddress(text: string): ParsedValue<BindAddress> {
  if (text === "0") return ok(undefined);
  const [, bracketed, plain, digits = ""] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = digits === "" ? Number.NaN : Number(digits);
  if (!(port <= 65_535)) return wanted("HOST:PORT or :PORT such as :8080, or 0 to serve it nowhere");
  const host = bracketed ?? plain;
  return ok(host ? { host, port } : { port });
}

export function formatBindAddress(address: BindAddress): string {
  if (address === undefined) return "0";
  const { host = "", port } = address;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
