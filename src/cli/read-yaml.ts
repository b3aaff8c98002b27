/** Reads YAML (and JSON, which is YAML) that may be hostile: bounded in size, with no room for aliases that multiply. */

import { readFile, stat } from "node:fs/promises";
import { UserError } from "./user-error.ts";

const largestBytes = 32 * 1024 * 1024;

/** @throws UserError when there is no such file, or it is too large. */
export async function readBounded(path: string, limitBytes = largestBytes): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > limitBytes) throw tooLarge(path, limitBytes);
    const text = await readFile(path, "utf8");
    if (text.length > limitBytes) throw tooLarge(path, limitBytes);
    return text;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === undefined) throw error;
    throw new UserError(`Cannot read ${path}: ${codes[code] ?? code}`);
  }
}

function tooLarge(path: string, limitBytes: number): UserError {
  return new UserError(`Cannot read ${path}: it is larger than ${limitBytes / 1024 / 1024} MiB`);
}

const codes: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a directory",
};

export interface YamlDocument {
  /** From 1. */
  readonly line: number;
  readonly value: unknown;
  /** Why it can't be read; with the line. */
  readonly error?: string | undefined;
}

/** All documents of a text that are not empty. Errors of one leave the others readable. */
export async function parseDocuments(text: string): Promise<YamlDocument[]> {
  const { LineCounter, parseAllDocuments } = await import("./yaml.ts");
  const lines = new LineCounter();
  // With `uniqueKeys` a key given twice is an error, and not silently the last one.
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const documents: YamlDocument[] = [];
  for (const document of Array.isArray(parsed) ? parsed : []) {
    const { line } = lines.linePos(document.contents?.range?.[0] ?? document.range?.[0] ?? 0);
    const [first] = document.errors;
    if (first !== undefined) {
      const at = lines.linePos(first.pos[0]);
      documents.push({
        line,
        value: undefined,
        error: `line ${at.line}, column ${at.col}: ${first.message}`,
      });
      continue;
    }
    try {
      const value: unknown = document.toJS({ maxAliasCount: 100 });
      if (value !== null && value !== undefined) documents.push({ line, value });
    } catch (error) {
      documents.push({ line, value: undefined, error: `line ${line}: ${(error as Error).message}` });
    }
  }
  return documents;
}
