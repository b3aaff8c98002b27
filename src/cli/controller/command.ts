/** `fairlead controller`: its definition. What it runs is loaded when it is called. */

import { Command } from "commander";
import { configFile } from "../settings/config-file.ts";
import { addSettings, flagsOf } from "../settings/options.ts";
import { resolveSettings } from "../settings/resolve.ts";
import { keepYoungGenerationSmall } from "../young-generation.ts";
import { controllerSettings } from "./settings.ts";

export function controllerCommand(): Command {
  const command = new Command("controller")
    .summary("run the controller")
    .description(
      "Runs the controller: gives Services of type LoadBalancer their addresses, until it is told to stop.",
    )
    .option("--config <file>", "YAML file with the same settings (env: FAIRLEAD_CONFIG)");
  return addSettings(command, controllerSettings).action(async () => {
    const { env } = process;
    const path = command.opts<{ config?: string }>().config ?? (env.FAIRLEAD_CONFIG || undefined);
    const flags = flagsOf(command, controllerSettings);
    const file = path === undefined ? undefined : { path, content: await configFile(path) };
    const resolved = resolveSettings(controllerSettings, { flags, env, file });
    keepYoungGenerationSmall();
    const { runController } = await import("./run.ts");
    process.exitCode = await runController(resolved);
  });
}
