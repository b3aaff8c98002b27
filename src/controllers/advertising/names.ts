/** Names of objects that an object refers to, and that there are none of. Pure. */
import { nearest } from "../../api/nearest.ts";
import { quote } from "../../core/quote.ts";
import type { Finding } from "../../core/translate/annotations.ts";

const MOST_NAMED = 5;

/**
 * A finding that names what is missing, and what was probably meant. `undefined`: all names are known.
 *
 * @param field as it is called in the spec.
 * @param kind of the objects that are named.
 */
export function unknownNames(
  field: string,
  kind: string,
  names: readonly string[] | undefined,
  known: ReadonlySet<string>,
): Finding | undefined {
  const missing = (names ?? []).filter((name) => !known.has(name));
  if (missing.length === 0) return undefined;
  const told = missing.slice(0, MOST_NAMED).map((name) => {
    const meant = nearest(name, known);
    return meant === undefined ? quote(name) : `${quote(name)} (did you mean ${meant}?)`;
  });
  const more = missing.length > MOST_NAMED ? ` and ${missing.length - MOST_NAMED} more` : "";
  return {
    reason: "MissingReference",
    message: `${field}: there is no ${kind} ${told.join(", ")}${more}; create it, or correct the name`,
  };
}
