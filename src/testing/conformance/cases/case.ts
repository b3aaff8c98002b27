/** One thing that a provider has to do right. */
import type { Feature } from "../../../providers/provider.ts";
import type { ProviderHarness } from "../harness.ts";
import type { Play } from "../scene.ts";

export interface Case {
  /** A sentence that says what holds. */
  readonly name: string;
  /** Asked of providers that declare it. Without one: of all. */
  readonly feature?: Feature | undefined;
  /** What the harness has to have; it is an error if a provider declares the feature and the harness has it not. */
  readonly needs?: keyof ProviderHarness | undefined;
  /** Left out, and not an error, where the harness lacks what is needed. */
  readonly optional?: boolean | undefined;
  readonly run: (play: Play) => Promise<void>;
}
