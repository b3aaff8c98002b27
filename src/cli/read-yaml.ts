/** Reads YAML (and JSON, which is YAML) that may be hostile: bounded in size, with no room for aliases that multiply. */

import { readFile, stat } from "node:fs/promises";
import type { Document, LineCounter } from "yaml";
import { messageOf } from "../runtime/errors.ts";
import { UserError } from "./user-error.ts";

const largestBytes = 32 * 1024 * 1024;
/** Of one anchor, counted with those within it. */
const mostAliases = 100;

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

/** @throws UserError when it is larger than a file may be. */
export async function readStandardInput(limitBytes = largestBytes): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw tooLarge("standard input", limitBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

export interface YamlDocument {
  /** From 1. */
  readonly line: number;
  readonly value: unknown;
  /** Why it can't be read; with the line. */
  readonly error?: string | undefined;
}

/** All documents of a text that are not empty. Errors of one leave the others readable. */
export async function parseDocuments(text: string): Promise<YamlDocument[]> {
  const yaml = await import("./yaml.ts");
  const lines = new yaml.LineCounter();
  try {
    // Keys given twice are errors, and not silently the last one.
    const parsed = yaml.parseAllDocuments(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: true,
    });
    return Array.isArray(parsed) ? [...parsed].flatMap((document) => read(document, lines)) : [];
  } catch (error) {
    // Nested deeper than the parser's stack.
    return [{ line: 1, value: undefined, error: messageOf(error) }];
  }
}

function read(document: Document.Parsed, lines: LineCounter): YamlDocument[] {
  const { line } = lines.linePos(document.contents?.range[0] ?? document.range[0]);
  const [first] = document.errors;
  if (first !== undefined) {
    const at = lines.linePos(first.pos[0]);
    return [{ line, value: undefined, error: `line ${at.line}, column ${at.col}: ${first.message}` }];
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: mostAliases });
    return value === null || value === undefined ? [] : [{ line, value }];
  } catch (error) {
    return [{ line, value: undefined, error: `line ${line}: ${messageOf(error)}` }];
  }
}
