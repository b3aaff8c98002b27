/** Names a few of many in a message. */

/** At most `most` of them, and how many there are besides: `a, b and 3 more`. */
export function someOf(names: readonly string[], most: number): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
