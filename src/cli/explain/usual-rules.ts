/** Which nodes agents keep from announcing, unless they were told otherwise. */

import type { NodeRules } from "../../agent/desire/objects.ts";
import { agentSettings } from "../agent/settings.ts";

export const usualRules: NodeRules = {
  ignoreExcludeLabel: agentSettings.ignoreExcludeLabel.default,
  drainTaints: agentSettings.drainTaints.default,
};
