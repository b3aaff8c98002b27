/** `fairlead announcements`: its definition. */

import { Command } from "commander";
import { clusterOptions } from "../cluster-options.ts";
import { type FormatWithWide, formatOptionWithWide } from "../output/format.ts";

export interface AnnouncementsOptions {
  readonly node?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly output: FormatWithWide;
}

export function announcementsCommand(): Command {
  const command = new Command("announcements")
    .summary("show which node announces which address, and why there")
    .description(
      "Shows the addresses that were given out on bare metal: which node announces each, on which interface or to which BGP peers, since when and why there; and those that nobody announces. It is what the agents of the nodes say of themselves. fairlead explain SERVICE says of every other node why it does not.",
    )
    .option("--node <name>", "only what this node announces");
  return clusterOptions(command)
    .addOption(formatOptionWithWide())
    .action(async (options: AnnouncementsOptions) => {
      const { runAnnouncements } = await import("./run.ts");
      process.exitCode = await runAnnouncements(options);
    });
}
