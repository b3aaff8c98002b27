/** The configuration file of a command: one YAML document. */

import { UserError } from "../user-error.ts";

/** @throws UserError that says what is wrong with the file. */
export async function configFile(path: string): Promise<unknown> {
  const { parseDocuments, readBounded } = await import("../read-yaml.ts");
  const documents = await parseDocuments(await readBounded(path, 1024 * 1024));
  const failed = documents.find(({ error }) => error !== undefined);
  if (failed !== undefined) throw new UserError(`Cannot read ${path}: ${failed.error}`);
  if (documents.length > 1) throw new UserError(`Cannot read ${path}: it has more than one document`);
  return documents[0]?.value;
}
