/** `-f FILE`, as kubectl has it: repeatable, several after one flag too, `-` for standard input. */

import { Option } from "commander";

export function fileOption(): Option {
  return new Option(
    "-f, --filename <file...>",
    "YAML or JSON file, directory of such files, or - for standard input; may be repeated",
  ).makeOptionMandatory();
}
