/** The providers that come with the command, made anew for each use: they remember what they gave out. */

import { createAws } from "../providers/aws/index.ts";
import { createBareMetal } from "../providers/bare-metal/index.ts";
import type { Provider } from "../providers/provider.ts";

export function bundledProviders(): Provider[] {
  return [createBareMetal(), createAws()];
}
