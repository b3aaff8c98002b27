/** Reads manifests from files, directories and standard input into documents that know where they stood. */

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseDocuments, readBounded, readStandardInput } from "../read-yaml.ts";
import { UserError } from "../user-error.ts";

export interface ManifestDocument {
  /** As it was given; `-` is standard input. */
  readonly file: string;
  /** From 1, within the file. */
  readonly document: number;
  readonly line: number;
  readonly value: unknown;
}

const endings = [".yaml", ".yml", ".json"];

/**
 * The documents in the order in which they were named; files of a directory by name, without its subdirectories. Items
 * of a `List` become documents of their own.
 *
 * @throws UserError when a file can't be read or parsed: all such files and lines at once.
 */
export async function readDocuments(paths: readonly string[]): Promise<ManifestDocument[]> {
  if (paths.length === 0) throw new UserError("No files were named; use -f FILE, -f DIRECTORY or -f -");
  const documents: ManifestDocument[] = [];
  const failures: string[] = [];
  for (const file of (await Promise.all(paths.map(filesOf))).flat()) {
    const text = file === "-" ? await readStandardInput() : await readBounded(file);
    const parsed = await parseDocuments(text);
    for (const [index, { line, value, error }] of parsed.entries()) {
      if (error !== undefined) failures.push(`Cannot parse ${file}: ${error}`);
      else documents.push(...itemsOf({ file, document: index + 1, line, value }));
    }
  }
  if (failures.length > 0) throw new UserError(failures.join("\n"));
  return documents;
}

async function filesOf(path: string): Promise<string[]> {
  if (path === "-") return [path];
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) return [path];
  const names = (await readdir(path)).filter((name) => endings.some((ending) => name.endsWith(ending)));
  if (names.length === 0) throw new UserError(`There are no ${endings.join(", ")} files in ${path}`);
  return names.sort().map((name) => join(path, name));
}

/** What `kubectl get -o yaml` writes. */
function itemsOf(document: ManifestDocument): ManifestDocument[] {
  const { kind, items } = (document.value ?? {}) as { kind?: unknown; items?: unknown };
  if (typeof kind !== "string" || !kind.endsWith("List") || !Array.isArray(items)) return [document];
  return items.map((value: unknown) => ({ ...document, value }));
}
