/** Shows a user's text inside a message: quoted, escaped and short, whatever was written. */

const LIMIT = 80;

/**
 * The text in double quotes with control characters, lone surrogates and bidirectional marks escaped, cut to 80 characters with the
 * full length told. Messages stay readable, and safe to print on a terminal, for hostile values too.
 */
export function quote(text: string): string {
  const characters = text.length > LIMIT ? text.slice(0, LIMIT) : text;
  const escaped = JSON.stringify(characters.toWellFormed()).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return text.length > LIMIT ? `${escaped}… (${text.length} characters)` : escaped;
}
