/** The syntax of annotation values as the AWS Load Balancer Controller has it: booleans, numbers, lists, maps. Knows no annotation. */
import type { Parsed } from "../../../core/translate/annotations.ts";

/** What was read of a text; without `why` there is nothing to say but what was wanted. */
export type Read =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly why?: string };

/** Reads the text of an annotation into what the setting's schema then checks. `undefined`: it says nothing. */
export type ReadText = (text: string) => Read;

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "TRUE", "true", "True"].map((text) => [text, true] as const),
  ...["0", "f", "F", "FALSE", "false", "False"].map((text) => [text, false] as const),
]);

/** What strconv.ParseBool of Go reads, so that no spelling changes its meaning on the way here. */
export function parseBoolean(text: string): boolean | undefined {
  return BOOLEANS.get(text.trim());
}

export const BOOLEAN_WANTED = "true or false";

export const asBoolean: ReadText = (text) => {
  const value = parseBoolean(text);
  return value === undefined ? { ok: false } : { ok: true, value };
};

export const asText: ReadText = (text) => ({ ok: true, value: text.trim() });

/** A decimal whole number; the schema says which. */
export const asNumber: ReadText = (text) =>
  /^[+-]?[0-9]{1,10}$/.test(text.trim()) ? { ok: true, value: Number(text) } : { ok: false };

/** Split at commas, empty entries left out. An empty list says nothing. */
export const asList: ReadText = (text) => {
  const list = entries(text);
  return { ok: true, value: list.length === 0 ? undefined : list };
};

export const asNumbers: ReadText = (text) => {
  const list = entries(text);
  if (!list.every((entry) => /^[0-9]{1,10}$/.test(entry))) return { ok: false };
  return { ok: true, value: list.length === 0 ? undefined : list.map(Number) };
};

function entries(text: string): string[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** `on` and `off`. */
export function asSwitch(toValue: (on: boolean) => unknown): ReadText {
  return (text) => {
    const word = text.trim();
    return word === "on" || word === "off" ? { ok: true, value: toValue(word === "on") } : { ok: false };
  };
}

/** One of a few words, in any case; what is read is the word as it is given here. */
export function asWord(...words: readonly string[]): ReadText {
  return (text) => {
    const found = words.find((word) => word.toLowerCase() === text.trim().toLowerCase());
    return found === undefined ? { ok: false } : { ok: true, value: found };
  };
}

/**
 * `key=value,key2=value2`: a key ends at its first `=`, and a comma after a backslash does not
 * separate. No pairs say nothing.
 */
export const asMap: ReadText = (text) => {
  const map = new Map<string, string>();
  for (const pair of pairs(text)) {
    const end = pair.indexOf("=");
    const key = pair.slice(0, Math.max(end, 0)).trim();
    if (key === "") return { ok: false, why: `${JSON.stringify(pair.slice(0, 40))} is not key=value` };
    if (key === "__proto__") return { ok: false, why: `${key} can't be a key here` };
    if (map.has(key)) return { ok: false, why: `${key} is there twice` };
    map.set(key, pair.slice(end + 1).trim());
  }
  return { ok: true, value: map.size === 0 ? undefined : Object.fromEntries(map) };
};

function pairs(text: string): string[] {
  const found: string[] = [];
  let pair = "";
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\\" && at + 1 < text.length) {
      at += 1;
      pair += text.charAt(at);
    } else if (character === ",") {
      found.push(pair);
      pair = "";
    } else pair += character;
  }
  return [...found, pair].map((each) => each.trim()).filter((each) => each !== "");
}

export const refused = (wanted: string, why?: string): Parsed<never> => ({
  ok: false,
  wanted,
  ...(why === undefined ? {} : { why }),
});
