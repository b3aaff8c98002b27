/** Runs one test of the conformance suite by itself. */
import type { GraphProvider } from "../../../src/index.ts";
import { type ProviderHarness, providerConformance } from "../../../src/testing/index.ts";

export interface Mistake {
  /** As it follows "a provider that". */
  readonly mistake: string;
  readonly provider: () => GraphProvider;
  /** A test that has to fail, and the guarantee that it has to name. */
  readonly caughtBy: string;
  readonly guarantee: RegExp;
}

/** The message with which the test fails; undefined if it passes. @throws if the suite has no test of that name */
export async function failureOf(
  provider: () => GraphProvider,
  harness: ProviderHarness,
  name: string,
): Promise<string | undefined> {
  const tests = new Map<string, () => Promise<void>>();
  providerConformance(provider, harness, {
    describe: (_name, body) => body(),
    test: (each, body) => void tests.set(each, body),
  });
  const body = tests.get(name);
  if (body === undefined) throw new Error(`The suite has no test "${name}"`);
  return body().then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
}
