import { describe, expect, test } from "@jest/globals";
import { createLogger, type LoggerOptions } from "../../../src/runtime/logger.ts";

async function setUp(options: LoggerOptions = {}) {
  const lines: string[] = [];
  const logger = await createLogger({ ...options, destination: { write: (line) => void lines.push(line) } });
  const records = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { logger, lines, records };
}

test("a line has time, level, message, the fields of its logger and its own", async () => {
  const { logger, records } = await setUp();
  logger.child({ controller: "service", key: "a/b" }).info("Added", { address: "10.0.0.1", key: "a/c" });
  expect(records()).toEqual([
    {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      level: "info",
      msg: "Added",
      controller: "service",
      key: "a/c",
      address: "10.0.0.1",
    },
  ]);
});

test("lines below the level are not written", async () => {
  const { logger, records } = await setUp({ level: "warn" });
  for (const level of ["debug", "info", "warn", "error"] as const) logger[level](level);
  expect(records().map(({ msg }) => msg)).toEqual(["warn", "error"]);
});

test("the text form is one line for a person", async () => {
  const { logger, lines } = await setUp({ format: "text" });
  const error = new Error("outer", { cause: new TypeError("inner") });
  logger.warn("Cannot add", { key: "a/b", text: "two words", n: 3, error });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /^\S+Z WARN {2}Cannot add key=a\/b text="two words" n=3 error="outer \(caused by TypeError: inner\)"\n$/,
  );
});

describe("what is never written", () => {
  test.each<[string, Record<string, unknown>]>([
    ["a token", { token: "s3cr3t" }],
    ["a token with another case and dashes", { "Access-Token": "s3cr3t" }],
    ["a password further down", { login: { user: "me", password: "s3cr3t" } }],
    ["a cloud's key", { secretAccessKey: "s3cr3t", accessKeySecret: "s3cr3t" }],
    ["a header", { headers: { Authorization: "s3cr3t" } }],
    ["a bearer token in a text", { text: "sent Bearer s3cr3t-s3cr3t" }],
    ["a web token in an error", { error: new Error("got eyJhbGciOiJ9.eyJzM2NyM3Qi.s3cr3t") }],
    ["a password in a URL", { url: "https://me:s3cr3t@example.com" }],
    [
      "what an SDK hangs on its errors",
      { error: Object.assign(new Error("no"), { config: { key: "s3cr3t" } }) },
    ],
    ["in a list", { list: [{ token: "s3cr3t" }] }],
    ["in a Map", { map: new Map([["x", { clientSecret: "s3cr3t" }]]) }],
  ])("%s", async (_, fields) => {
    const { logger, lines } = await setUp();
    logger.info("Facts", fields);
    expect(lines.join("")).not.toContain("s3cr3t");
  });
});

test("odd values are written in some form and harm nothing", async () => {
  const { logger, records } = await setUp();
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  logger.info("Odd", {
    cycle,
    big: 10n ** 20n,
    long: "x".repeat(100_000),
    many: Array.from({ length: 1000 }, () => 1),
    nothing: undefined,
    day: new Date(0),
    failing: Object.assign(new Error("a"), { code: "ECONNRESET", status: 503 }),
  });
  const [record = {}] = records();
  expect(record.big).toBe("100000000000000000000");
  expect(String(record.long).length).toBeLessThan(5000);
  expect(record.many).toHaveLength(101);
  expect(record.day).toBe("1970-01-01T00:00:00.000Z");
  expect(record.failing).toEqual({ name: "Error", message: "a", code: "ECONNRESET", status: 503 });
});

test("a mistake in the code is logged with its stack, a failure of the world without", async () => {
  const { logger, records } = await setUp();
  logger.error("Failed", { mistake: new TypeError("x"), world: new Error("refused") });
  const [record = {}] = records();
  expect(record.mistake).toHaveProperty("stack");
  expect(record.world).not.toHaveProperty("stack");
});
