/** A bearer token in a file that somebody else renews. */

import { readFile } from "node:fs/promises";

/** As often as client-go does: rotated service account tokens stay valid far longer than this. */
const maxAgeMs = 60_000;

/**
 * Reads the token, again when the last reading is 60 s old or `refresh` is set.
 *
 * If the file can't be read later on, the last token is used further: the server decides whether it is still good.
 */
export function tokenFile(
  path: string,
  monotonic: () => number = () => performance.now(),
): (o?: { readonly refresh?: boolean }) => Promise<string> {
  let token: string | undefined;
  let readAt = 0;
  return async ({ refresh = false } = {}) => {
    if (token !== undefined && !refresh && monotonic() - readAt < maxAgeMs) return token;
    const begun = monotonic();
    try {
      const text = (await readFile(path, "utf8")).trim();
      if (text === "") throw new Error(`Cannot use ${path} as token file: it is empty`);
      token = text;
      readAt = begun;
    } catch (error) {
      if (token === undefined) throw error;
    }
    return token;
  };
}
