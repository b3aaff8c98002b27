/** The conformance suite of graph providers: what every cloud's provider has to do right, whatever the cloud. */
import type { GraphProvider } from "../../providers/provider.ts";
import { backends } from "./cases/backends.ts";
import type { Case } from "./cases/case.ts";
import { crashMatrix } from "./cases/crash-matrix.ts";
import { drift } from "./cases/drift.ts";
import { handingOver } from "./cases/handing-over.ts";
import { lifeCycle } from "./cases/life-cycle.ts";
import { ownership } from "./cases/ownership.ts";
import { replacement } from "./cases/replacement.ts";
import { sharing } from "./cases/sharing.ts";
import { trouble } from "./cases/trouble.ts";
import type { ProviderHarness, TestRunner } from "./harness.ts";
import { type Play, stage } from "./scene.ts";

const chapters: readonly { readonly name: string; readonly cases: readonly Case[] }[] = [
  { name: "life cycle", cases: lifeCycle },
  { name: "ownership", cases: ownership },
  { name: "trouble", cases: trouble },
  { name: "nodes and endpoints", cases: backends },
  { name: "replacement", cases: replacement },
  { name: "sharing", cases: sharing },
  { name: "adoption and release", cases: handingOver },
  { name: "drift and consistency", cases: drift },
  { name: "crash matrix", cases: crashMatrix },
];

/** A row of the crash matrix is one world for every call. */
const timeoutMs = 600_000;

/**
 * Declares the tests for a provider: the core for all, the rest for the features that it declares. The real engine works on load
 * balancers in memory; the cloud is the harness's. Tests run one at a time.
 *
 * @param provider gives a new instance, which knows nothing of earlier ones; called for every start of the operator.
 * @param runner of your test runner: `{ describe, test }`.
 * @throws nothing; a test fails with an error that names the guarantee and what was seen instead.
 */
export function providerConformance(
  provider: () => GraphProvider,
  harness: ProviderHarness,
  runner: TestRunner,
): void {
  const { name, features } = provider();
  const play = stage(provider, harness);
  runner.describe(`${name} conforms`, () => {
    for (const { name: chapter, cases } of chapters) {
      const asked = cases.filter((each) => isAsked(each, features, harness));
      if (asked.length === 0) continue;
      runner.describe(chapter, () => {
        for (const each of asked) runner.test(each.name, () => playCase(each, harness, play), timeoutMs);
      });
    }
  });
}

function isAsked(
  { feature, needs, optional }: Case,
  features: GraphProvider["features"],
  harness: ProviderHarness,
): boolean {
  if (feature !== undefined && !features.includes(feature)) return false;
  return optional !== true || needs === undefined || harness[needs] !== undefined;
}

async function playCase({ feature, needs, run }: Case, harness: ProviderHarness, play: Play): Promise<void> {
  if (needs !== undefined && harness[needs] === undefined)
    throw new Error(
      `The provider declares the feature "${feature}", which is tested with the harness's "${needs}": add it`,
    );
  await run(play);
}
