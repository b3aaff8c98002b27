/** How the suite says what is broken. */

/** The message names the guarantee, and tells what was seen instead. */
export class BrokenGuarantee extends Error {
  override readonly name = "BrokenGuarantee";
}

/** `seen` is asked only where it does not hold. */
export function must(holds: boolean, guarantee: string, seen: () => string): asserts holds {
  if (!holds) throw new BrokenGuarantee(`${guarantee}.\nSeen: ${seen()}`);
}
