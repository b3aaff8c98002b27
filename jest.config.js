import { availableParallelism } from "node:os";

const shared = {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2024" },
        module: { type: "es6" },
        sourceMaps: "inline",
      },
    ],
  },
};

export default {
  // Most tests wait for processes of their own: two at once fit on one core.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  // For machines that are busy with something else.
  testTimeout: 30_000,
  projects: [
    { ...shared, displayName: "unit", testMatch: ["<rootDir>/test/unit/**/*.test.ts"] },
    { ...shared, displayName: "conformance", testMatch: ["<rootDir>/test/conformance/**/*.test.ts"] },
    {
      ...shared,
      displayName: "integration",
      testMatch: ["<rootDir>/test/integration/**/*.test.ts"],
      // Jest runs these only if a test of this project runs: unit tests never wait for a control plane.
      globalSetup: "<rootDir>/test/integration/support/global-setup.ts",
      globalTeardown: "<rootDir>/test/integration/support/global-teardown.ts",
      setupFilesAfterEnv: ["<rootDir>/test/integration/support/patience.ts"],
    },
    {
      ...shared,
      // Network namespaces as hosts: needs root, else its tests are skipped.
      displayName: "lab",
      testMatch: ["<rootDir>/test/lab/**/*.test.ts"],
      setupFilesAfterEnv: ["<rootDir>/test/integration/support/patience.ts"],
    },
  ],
};
