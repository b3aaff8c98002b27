/** The keys that heartbeats are signed with, from a file: a Secret of the operator's namespace, mounted. */
import { readFile, stat } from "node:fs/promises";
import { type Clock, sleep } from "../../runtime/clock.ts";
import { messageOf } from "../../runtime/errors.ts";
import type { Logger } from "../../runtime/logger.ts";

/** Those of SHA-256 and more: RFC 2104 §3. */
const leastBytes = 32;
const mostKeys = 4;

/**
 * Keys from the text of a file: one in each line, base64 (RFC 4648 §4) of at least 32 bytes. The first signs, all verify. To
 * change keys without losing a heartbeat: add the new one as second line, then swap the lines, then remove the old one, and wait each
 * time until all nodes have read the file.
 *
 * @throws Error that names the line, never what is in it.
 */
export function parseKeys(text: string): Uint8Array[] {
  const lines = text.split("\n").map((line) => line.trim());
  const keys = lines.flatMap((line, index) => (line === "" ? [] : [parseKey(line, index + 1)]));
  if (keys.length === 0) throw new Error("it holds no key; write one with: openssl rand -base64 32");
  if (keys.length > mostKeys)
    throw new Error(`it holds ${keys.length} keys; at most ${mostKeys} are used at a time`);
  return keys;
}

function parseKey(line: string, number: number): Uint8Array {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(line))
    throw new Error(`line ${number} is not base64; write a key with: openssl rand -base64 32`);
  const key = Buffer.from(line, "base64");
  if (key.length < leastBytes)
    throw new Error(
      `the key in line ${number} has ${key.length} bytes; it needs ${leastBytes}: openssl rand -base64 32`,
    );
  // What a template without its value makes: anybody would guess it.
  if (key.every((byte) => byte === 0))
    throw new Error(
      `the key in line ${number} is nothing but zeros, which is no secret; write a key with: openssl rand -base64 32`,
    );
  return new Uint8Array(key);
}

/** @throws Error that names the file and what to do. */
export async function readKeyFile(path: string): Promise<Uint8Array[]> {
  try {
    // A pipe would be waited for, for ever.
    if (!(await stat(path)).isFile()) throw new Error("it is no regular file");
    return parseKeys(await readFile(path, "utf8"));
  } catch (error) {
    throw new Error(`Cannot use the keys of heartbeats in ${path}: ${(error as Error).message}`);
  }
}

/** Whether every user of this machine can read it, and so speak for every node. */
export async function isOpenToAll(path: string): Promise<boolean> {
  return ((await stat(path)).mode & 0o004) !== 0;
}

export interface WatchKeyFileOptions {
  readonly path: string;
  /** As `readKeyFile` gave them. */
  readonly keys: readonly Uint8Array[];
  /** The file has other keys. */
  readonly onKeys: (keys: readonly Uint8Array[]) => void;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
}

const everyMs = 5_000;

/**
 * Reads the file again and again, for the kubelet replaces it without a word. While it can't be used, the keys from before stay.
 * Resolves when the signal aborts.
 */
export async function watchKeyFile(o: WatchKeyFileOptions): Promise<void> {
  let keys = o.keys;
  /** What was told of the file since it could be used last. */
  let told: string | undefined;
  while (!o.signal.aborted) {
    await sleep(everyMs, { signal: o.signal, clock: o.clock }).catch(() => {});
    if (o.signal.aborted) return;
    try {
      const read = await readKeyFile(o.path);
      told = undefined;
      if (sameKeys(read, keys)) continue;
      keys = read;
      o.onKeys(read);
      o.logger.info("The keys of heartbeats have changed", { keys: read.length });
    } catch (error) {
      const why = messageOf(error);
      if (why !== told) o.logger.warn("The keys from before stay in use", { error });
      told = why;
    }
  }
}

function sameKeys(some: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  return (
    some.length === others.length &&
    some.every((key, index) => Buffer.compare(key, others[index] ?? key.subarray(1)) === 0)
  );
}
