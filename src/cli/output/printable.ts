/** Makes text that others wrote safe and readable on a terminal. */

const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Control characters, marks that turn the direction of writing, and lone surrogates become visible. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(unsafe, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);
}
