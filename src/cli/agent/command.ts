/** `fairlead agent`: its definition. What it runs is loaded when it is called. */

import { Command } from "commander";
import { configFile } from "../settings/config-file.ts";
import { addSettings, flagsOf } from "../settings/options.ts";
import { resolveSettings } from "../settings/resolve.ts";
import { keepYoungGenerationSmall } from "../young-generation.ts";
import { agentSettings } from "./settings.ts";

export function agentCommand(): Command {
  const command = new Command("agent")
    .summary("run the agent of a node")
    .description(
      "Runs the agent of one node: announces the addresses that the controller gave out, until it is told to stop. Then another node has taken them over.",
    )
    .option("--config <file>", "YAML file with the same settings (env: FAIRLEAD_CONFIG)");
  return addSettings(command, agentSettings).action(async () => {
    const { env } = process;
    const path = command.opts<{ config?: string }>().config ?? (env.FAIRLEAD_CONFIG || undefined);
    const flags = flagsOf(command, agentSettings);
    const file = path === undefined ? undefined : { path, content: await configFile(path) };
    const resolved = resolveSettings(agentSettings, { flags, env, file });
    keepYoungGenerationSmall();
    const { runAgent } = await import("./run.ts");
    process.exitCode = await runAgent(resolved);
  });
}
