/** What FRR is told to change, one line at a time. */
import type { Daemon } from "./config.ts";

export interface Step {
  readonly daemon: Daemon;
  readonly context: readonly string[];
  /** undefined: to enter the section is all, which makes it. */
  readonly line: string | undefined;
}
