/** Passwords that can't be read: whom they hold up, and what is told of them. */
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createPasswords } from "../../../../src/agent/watch/passwords.ts";
import { ApiError } from "../../../../src/runtime/kube/api-error.ts";
import type { KubeClient } from "../../../../src/runtime/kube/client.ts";
import { silentLogger } from "../../../../src/runtime/logger.ts";
import { createFakeClock } from "../../../../src/testing/fake-clock.ts";

type Answer = () => Promise<unknown>;

const holds =
  (password: string): Answer =>
  async () => ({
    type: "kubernetes.io/basic-auth",
    data: { password: Buffer.from(password).toString("base64") },
  });
const refuses =
  (status: number): Answer =>
  async () => {
    throw new ApiError("get the Secret", { status });
  };
/** Until it is given up. */
const hangs: Answer = () => new Promise(() => {});

const clock = createFakeClock();
let stop: AbortController;
let answers: Record<string, Answer>;
let changes: number;

beforeEach(() => {
  stop = new AbortController();
  answers = {};
  changes = 0;
});
afterEach(() => stop.abort());

function reading(...names: string[]) {
  const get = (_: unknown, { name }: { name: string }, { signal }: { signal: AbortSignal }) =>
    Promise.race([
      answers[name]?.(),
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    ]);
  const passwords = createPasswords({
    client: { get } as unknown as Pick<KubeClient, "get">,
    namespace: "fairlead-system",
    changed: () => changes++,
    log: silentLogger,
    clock,
  });
  passwords.want(new Set(names));
  void passwords.run(stop.signal);
  return passwords;
}

test.each([
  ["that the API server fails to read", refuses(500)],
  ["that the agent may not read", refuses(403)],
  ["whose answer does not come", hangs],
])("a Secret %s holds up no other, and is asked for again", async (_what, answer) => {
  answers = { good: holds("one"), bad: answer };
  const passwords = reading("good", "bad");
  await clock.advance(2_500);
  expect(passwords.isComplete).toBe(true);
  expect(passwords.known.get("good")).toEqual({ ok: true, text: "one" });
  expect(passwords.known.get("bad")).toMatchObject({
    ok: false,
    unread: true,
    message: expect.stringMatching(/^can't be read: /),
  });
  answers.bad = holds("two");
  const before = changes;
  await clock.advance(5_000);
  expect(passwords.known.get("bad")).toEqual({ ok: true, text: "two" });
  expect(changes).toBe(before + 1);
});

test("that a password can't be read for a moment changes nothing; what lasts is told", async () => {
  answers = { tor: holds("one") };
  const passwords = reading("tor");
  await clock.advance(0);
  expect(changes).toBe(1);
  answers.tor = refuses(500);
  await clock.advance(30_000);
  answers.tor = holds("one");
  await clock.advance(30_000);
  expect(changes).toBe(1);
  answers.tor = refuses(500);
  await clock.advance(35_000);
  expect(passwords.known.get("tor")).toMatchObject({ ok: false, unread: true });
});
