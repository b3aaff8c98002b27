#!/usr/bin/env node
/** The `fairlead` command: parses the command line and loads what the chosen command needs, and no more. */
import { readFileSync } from "node:fs";
import { Command } from "commander";

const packageFile = new URL("../../package.json", import.meta.url);
const { version, description } = JSON.parse(readFileSync(packageFile, "utf8")) as {
  version: string;
  description: string;
};

await new Command("fairlead").description(description).version(version).parseAsync();
