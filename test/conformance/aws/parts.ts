/** The suite for AWS in parts that run beside each other: every test is in one of them. */
import { afterAll, describe, test } from "@jest/globals";
import { createAws } from "../../../src/providers/aws/index.ts";
import { providerConformance } from "../../../src/testing/index.ts";
import { awsHarness } from "./harness.ts";

export type Part = "cases" | "crashes of create" | "crashes of update and delete";

function partOf(test: string): Part {
  if (test.startsWith("create: ")) return "crashes of create";
  return /^(update|delete): /.test(test) ? "crashes of update and delete" : "cases";
}

/** Declares the tests of one part, on an AWS of its own. */
export async function awsConformance(part: Part): Promise<void> {
  const harness = await awsHarness();
  afterAll(() => harness.stop());
  // Without chance, so that a run that failed fails again.
  const provider = () => createAws({ random: () => 0.5 });
  providerConformance(provider, harness, {
    describe,
    test(name, body, timeoutMs) {
      if (partOf(name) === part) test(name, body, timeoutMs);
    },
  });
}
