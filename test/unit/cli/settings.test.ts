import { describe, expect, test } from "@jest/globals";
import { controllerSettings } from "../../../src/cli/controller/settings.ts";
import {
  formatBindAddress,
  formatDuration,
  parseBindAddress,
  parseDuration,
  parseNames,
} from "../../../src/cli/settings/parse-value.ts";
import { resolveSettings, type Sources } from "../../../src/cli/settings/resolve.ts";
import { type Setting, variableOf } from "../../../src/cli/settings/setting.ts";
import { isUserError } from "../../../src/cli/user-error.ts";

function resolve(sources: Partial<Sources>) {
  return resolveSettings(controllerSettings, { flags: {}, env: {}, ...sources });
}

function mistakes(sources: Partial<Sources>): string[] {
  try {
    resolve(sources);
  } catch (error) {
    if (isUserError(error)) return error.message.split("\n");
    throw error;
  }
  return [];
}

const file = (content: unknown) => ({ path: "fairlead.yaml", content });

describe("a setting", () => {
  const flags = { concurrency: "1" };
  const env = { FAIRLEAD_CONCURRENCY: "2" };
  test.each([
    ["the flag, over all others", { flags, env, file: file({ concurrency: 3 }) }, 1, "flag"],
    ["the variable, over file and default", { env, file: file({ concurrency: 3 }) }, 2, "environment"],
    ["the file, over the default", { file: file({ concurrency: 3 }) }, 3, "file"],
    ["the default, where nothing is given", {}, 32, undefined],
    ["the default, where the variable is empty", { env: { FAIRLEAD_CONCURRENCY: "" } }, 32, undefined],
    ["the default, where the file says null", { file: file({ concurrency: null }) }, 32, undefined],
  ])("is taken from %s", (_, sources, value, origin) => {
    const { values, origins } = resolve(sources);
    expect(values.concurrency).toBe(value);
    expect(origins.concurrency).toBe(origin);
  });

  test.each(Object.entries<Setting>(controllerSettings))(
    "%s reads its printed default back, from variable and file",
    (key, row) => {
      if (row.default === undefined) return;
      const printed = row.format === undefined ? row.default : row.format(row.default);
      const fromFile = resolve({ file: file({ [key]: printed }) }).values as Record<string, unknown>;
      expect(fromFile[key]).toEqual(row.default);
      if (Array.isArray(printed)) return;
      const fromEnv = resolve({ env: { [variableOf(row)]: String(printed) } }).values as Record<
        string,
        unknown
      >;
      expect(fromEnv[key]).toEqual(row.default);
    },
  );

  test("is printed in the form in which it could have been written", () => {
    const { effective } = resolve({ flags: { leaderElectionLeaseDuration: "90s", watchNamespace: "b,a" } });
    expect(effective).toMatchObject({
      leaderElectionLeaseDuration: "90s",
      metricsBindAddress: ":8080",
      watchNamespace: ["b", "a"],
      shutdownTimeout: "30s",
    });
  });
});

describe("the file", () => {
  test.each([
    ["leaderelect", "did you mean leaderElect?"],
    ["leader-elect", "did you mean leaderElect?"],
    ["log_level", "did you mean logLevel?"],
    ["colour", "known are kubeconfig, context"],
  ])("with the unknown key %s is refused with advice", (key, advice) => {
    expect(mistakes({ file: file({ [key]: 1 }) })).toEqual([
      expect.stringContaining(`fairlead.yaml: "${key}" is not a setting; ${advice}`),
    ]);
  });

  test.each([
    ["a list where one value is wanted", { concurrency: [1] }, "concurrency: wanted: a single value"],
    ["a list as a whole", ["a"], "wanted: a mapping of settings to values"],
    ["a text as a whole", "a", "wanted: a mapping of settings to values"],
    ["a value that can't be read", { logLevel: "loud" }, 'logLevel: cannot use "loud"; wanted: one of debug'],
    ["a key of the prototype", JSON.parse('{"__proto__": 1}'), '"__proto__" is not a setting'],
  ])("with %s is refused", (_, content, message) => {
    expect(mistakes({ file: file(content) })).toEqual([expect.stringContaining(message)]);
  });

  test("lists namespaces as a list", () => {
    expect(resolve({ file: file({ watchNamespace: ["a", "b"] }) }).values.watchNamespace).toEqual(["a", "b"]);
  });
});

test("mistakes are told all at once, each where it stands", () => {
  expect(
    mistakes({
      flags: { concurrency: "0" },
      env: { FAIRLEAD_LOG_FORMAT: "xml" },
      file: file({ logLevel: "loud", nothing: 1 }),
    }),
  ).toEqual([
    expect.stringContaining('fairlead.yaml: "nothing" is not a setting'),
    '--concurrency: cannot use "0"; wanted: a whole number from 1 to 1000',
    'fairlead.yaml: logLevel: cannot use "loud"; wanted: one of debug, info, warn, error',
    'FAIRLEAD_LOG_FORMAT: cannot use "xml"; wanted: one of json, text',
  ]);
});

describe("a duration", () => {
  test.each([
    ["500ms", 500],
    ["15s", 15_000],
    ["1m30s", 90_000],
    ["1.5s", 1_500],
    ["2h", 7_200_000],
    ["0s", 0],
  ])("%s is %d ms", (text, ms) => expect(parseDuration(text)).toEqual({ ok: true, value: ms }));
  test.each(["", "15", "s", "1d", "-1s", "1s ", "1s2", "999999999h", "1e3s"])("%j is refused", (text) =>
    expect(parseDuration(text)).toMatchObject({ ok: false }),
  );
  test.each([0, 1, 999, 1_000, 90_000, 3_600_000, 7_200_000])(
    "of %d ms is written so that it reads back",
    (ms) => expect(parseDuration(formatDuration(ms))).toEqual({ ok: true, value: ms }),
  );
});

describe("a bind address", () => {
  test.each([
    [":8080", { port: 8080 }],
    ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
    ["[::1]:8081", { host: "::1", port: 8081 }],
    ["localhost:1", { host: "localhost", port: 1 }],
    ["0", undefined],
  ])("%s is read, and written again as it was", (text, value) => {
    expect(parseBindAddress(text)).toEqual({ ok: true, value });
    expect(formatBindAddress(value)).toBe(text);
  });
  test.each(["", "8080", ":70000", "::1:80", "a:b", "[::1]", ":-1"])("%j is refused", (text) =>
    expect(parseBindAddress(text)).toMatchObject({ ok: false }),
  );
});

test("names of namespaces are read with spaces and without doubles, and nothing else", () => {
  expect(parseNames("a, b,a,")).toEqual({ ok: true, value: ["a", "b"] });
  for (const bad of ["A", "a b", "-a", "../a"]) expect(parseNames(bad)).toMatchObject({ ok: false });
});

test("a verify period so short that it would keep the cloud busy is refused", () => {
  expect(resolve({ flags: { verifyPeriod: "10m" } }).values.verifyPeriod).toBe(600_000);
  expect(mistakes({ flags: { verifyPeriod: "59s" } })).toEqual([
    expect.stringContaining("a duration of at least 1m"),
  ]);
});

test.each([
  ["verifyPeriod", "0s", "at least 1m"],
  ["concurrency", "0", "1 to 1000"],
  ["kubeApiMaxConnections", "1001", "1 to 1000"],
] as const)("the limits of %s are in its help, as in the refusal of %s", (key, beyond, limits) => {
  expect(mistakes({ flags: { [key]: beyond } })).toEqual([expect.stringContaining(limits)]);
  expect(controllerSettings[key].description).toContain(limits);
});
