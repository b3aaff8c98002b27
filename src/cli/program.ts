/** All commands of `fairlead`: their definitions only, so that help and reference cost nothing. */

import { Command } from "commander";
import { agentCommand } from "./agent/command.ts";
import { announcementsCommand } from "./announcements/command.ts";
import { controllerCommand } from "./controller/command.ts";
import { driftCommand } from "./drift/command.ts";
import { explainCommand } from "./explain/command.ts";
import { factsCommand } from "./facts/command.ts";
import { orphansCommand } from "./orphans/command.ts";
import { planCommand } from "./plan/command.ts";
import { statusCommand } from "./status/command.ts";
import { validateCommand } from "./validate/command.ts";
import { aboutPackage } from "./version.ts";

export function createProgram(): Command {
  const { version, description } = aboutPackage();
  const program = new Command("fairlead")
    .description(description)
    .version(version)
    .showSuggestionAfterError()
    .addCommand(controllerCommand())
    .addCommand(agentCommand())
    .addCommand(planCommand())
    .addCommand(factsCommand())
    .addCommand(validateCommand())
    .addCommand(statusCommand())
    .addCommand(explainCommand())
    .addCommand(announcementsCommand())
    .addCommand(driftCommand())
    .addCommand(orphansCommand());
  return program;
}
