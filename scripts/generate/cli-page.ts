/** docs/cli.md: the commands, their options and exit codes, from their definitions. */

import type { Command, Option } from "commander";
import { controllerSettings } from "../../src/cli/controller/settings.ts";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { createProgram } from "../../src/cli/program.ts";
import { defaultOf, type Setting, variableOf } from "../../src/cli/settings/setting.ts";
import { table } from "./markdown.ts";

const intro = `# The command line

\`npx fairlead …\`, or \`fairlead …\` in the image. \`fairlead help COMMAND\` says the same.

Answers go to standard output, everything else to standard error. Colours are for terminals only, and not with \`NO_COLOR\`
set. \`-o json\` and \`-o yaml\` give the same facts as data.
`;

const aboutSettings = `
A flag wins over its environment variable, that one over the key in the file that \`--config\` (or \`FAIRLEAD_CONFIG\`) names,
and that one over the default. The file is YAML, one key a line:

\`\`\`yaml
watchNamespace: [team-a, team-b]
leaderElectionLeaseDuration: 30s
leaderElectionRenewDeadline: 20s
logLevel: debug
\`\`\`

Unknown keys and values that can't be read are refused, all of them at once. The configuration in force is the first line of the log.
Durations are written as \`500ms\`, \`15s\` or \`1m30s\`; addresses as \`:8080\`, \`127.0.0.1:8080\` or \`[::1]:8080\`.

With \`--watch-namespace\` the roles of \`deploy/rbac-namespaced.yaml\` are enough.

The process waits for an API server that is away, at the start and later, and never ends for it. Kinds that are not installed, and
permissions that are missing, are said in the log with what to do, and tried again. \`/readyz\` answers 200 once the cache is filled, on
a replica that does not lead as well; \`/healthz\` depends on neither the API server nor a cloud. On SIGTERM and SIGINT the work in hand is
finished and the lease given back; a second signal ends the process at once.
`;

export function cliPage(): string {
  const sections = createProgram().commands.map(section);
  const codes = Object.values(exitCodes).map(({ code, meaning }) => [String(code), meaning]);
  return `${intro}\n${table(["Exit code", "Meaning"], codes)}\n${sections.join("\n")}`;
}

function section(command: Command): string {
  const usage = `\`\`\`sh\nfairlead ${command.name()} ${command.usage()}\n\`\`\``;
  const settings = Object.entries<Setting>(command.name() === "controller" ? controllerSettings : {});
  const flags = new Set(settings.map(([, { name }]) => `--${name}`));
  const others = command.options.filter(({ long }) => !flags.has(long ?? ""));
  const parts = [`## fairlead ${command.name()}\n`, usage, `\n${command.description()}\n`];
  if (others.length > 0) parts.push(table(["Option", "What it does"], others.map(optionRow)));
  if (settings.length > 0) {
    parts.push(
      aboutSettings.trim(),
      "",
      table(["Flag", "Variable", "Key in the file", "Default", "What it does"], settings.map(settingRow)),
    );
  }
  return parts.join("\n");
}

function optionRow({ flags, description, defaultValue }: Option): string[] {
  const shown = typeof defaultValue === "string" ? ` (default: ${defaultValue})` : "";
  return [`\`${flags}\``, `${description}${shown}`];
}

function settingRow([key, row]: readonly [string, Setting]): string[] {
  return [
    `\`--${row.name} ${row.argument}\``,
    `\`${variableOf(row)}\``,
    `\`${key}\``,
    row.defaultText ?? `\`${defaultOf(row)}\``,
    `${row.description}.`,
  ];
}
