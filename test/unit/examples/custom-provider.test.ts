import { afterAll, describe, test } from "@jest/globals";
import { applianceHarness } from "../../../examples/custom-provider/harness.ts";
import { createApplianceProvider } from "../../../examples/custom-provider/provider.ts";
import { providerConformance } from "../../../src/testing/index.ts";

const harness = await applianceHarness();
afterAll(() => harness.stop());

providerConformance(createApplianceProvider, harness, { describe, test });
