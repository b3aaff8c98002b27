import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import {
  isOpenToAll,
  parseKeys,
  readKeyFile,
  watchKeyFile,
} from "../../../../src/agent/heartbeat/key-file.ts";
import type { Clock } from "../../../../src/runtime/clock.ts";
import { messageOf } from "../../../../src/runtime/errors.ts";
import { silentLogger } from "../../../../src/runtime/logger.ts";

const key = (fill: number, bytes = 32) => Buffer.alloc(bytes, fill).toString("base64");

describe("the keys of a file", () => {
  test("one in each line, in their order; empty lines are none", () => {
    expect(parseKeys(`${key(1)}\n\n  ${key(2, 40)} \r\n`)).toEqual([
      new Uint8Array(32).fill(1),
      new Uint8Array(40).fill(2),
    ]);
  });

  test.each([
    ["", "it holds no key; write one with: openssl rand -base64 32"],
    ["\n \n", "it holds no key; write one with: openssl rand -base64 32"],
    [`${key(1)}\n${key(7, 31)}`, "the key in line 2 has 31 bytes; it needs 32: openssl rand -base64 32"],
    [
      `${key(1)}\n${key(0)}`,
      "the key in line 2 is nothing but zeros, which is no secret; write a key with: openssl rand -base64 32",
    ],
    ["swordfish!", "line 1 is not base64; write a key with: openssl rand -base64 32"],
    [[1, 2, 3, 4, 5].map((fill) => key(fill)).join("\n"), "it holds 5 keys; at most 4 are used at a time"],
  ])("%j is refused, without a word of it", (text, message) => {
    expect(() => parseKeys(text)).toThrow(new Error(message));
  });

  test("a file that is not there is named", async () => {
    await expect(readKeyFile("/nowhere/keys")).rejects.toThrow(
      /^Cannot use the keys of heartbeats in \/nowhere\/keys: ENOENT/,
    );
  });

  test("what is no file is refused, not waited for", async () => {
    await expect(readKeyFile(tmpdir())).rejects.toThrow("it is no regular file");
  });

  test("one that every user can read is known as such", async () => {
    const directory = await mkdtemp(join(tmpdir(), "fairlead-keys-"));
    try {
      const path = join(directory, "keys");
      await writeFile(path, key(1), { mode: 0o600 });
      expect(await isOpenToAll(path)).toBe(false);
      await chmod(path, 0o644);
      expect(await isOpenToAll(path)).toBe(true);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test("new keys are taken when the file has changed, and bad ones are not: each cause is told once", async () => {
    const directory = await mkdtemp(join(tmpdir(), "fairlead-keys-"));
    try {
      const path = join(directory, "keys");
      // Time goes on when the watch waits: each wait writes the next content.
      const contents = [
        key(1),
        "broken",
        "broken",
        "",
        `${key(1)}\n${key(2)}`,
        `${key(1)}\n${key(2)}`,
        key(2),
      ];
      const stop = new AbortController();
      const clock = {
        setTimeout(run: () => void) {
          const content = contents.shift();
          if (content === undefined) queueMicrotask(() => stop.abort());
          else void writeFile(path, content).then(run);
          return { clear() {} };
        },
      } as unknown as Clock;
      const taken: number[][] = [];
      const warned: string[] = [];
      await watchKeyFile({
        path,
        keys: parseKeys(key(1)),
        onKeys: (keys) => taken.push(keys.map((bytes) => bytes[0] ?? 0)),
        signal: stop.signal,
        logger: { ...silentLogger, warn: (_, fields) => warned.push(messageOf(fields?.error)) },
        clock,
      });
      expect(warned.map((text) => text.split(": ").at(1))).toEqual([
        "the key in line 1 has 4 bytes; it needs 32",
        "it holds no key; write one with",
      ]);
      expect(taken).toEqual([[1, 2], [2]]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
