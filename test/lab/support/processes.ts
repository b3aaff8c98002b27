/** Programs that run on the lab's hosts, each in the network namespace of its host. They end with the lab. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SupervisedServer, Supervisor } from "../../../src/testing/control-plane/supervised.ts";
import { env } from "./ip.ts";
import { namespaceOf } from "./names.ts";

export interface Processes {
  readonly directory: string;
  /** Starts a program on a host; "machine" is the machine itself. A name can be used again once its process has ended; what it says goes on in the same file. */
  start(host: string, name: string, command: readonly string[]): Promise<SupervisedServer>;
  /** All that a process of this name has said. */
  said(name: string): Promise<string>;
  /** The JSON lines among it. */
  linesOf<T>(name: string): Promise<T[]>;
}

export function processesOf(index: number, supervisor: Supervisor): Processes {
  const { directory } = supervisor;
  const said = (name: string) => readFile(join(directory, `${name}.log`), "utf8").catch(() => "");
  return {
    directory,
    said,
    start(host, name, [command = "", ...args]) {
      if (host === "machine") return supervisor.start(name, command, args, { env });
      // It executes the program in its own place, so a signal reaches that.
      const within = ["netns", "exec", namespaceOf(index, host), command, ...args];
      return supervisor.start(name, "ip", within, { env });
    },
    async linesOf<T>(name: string) {
      const text = await said(name);
      // What comes after the last line's end is being written.
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      return whole.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as T] : []));
    },
  };
}

/** The command line of one of the lab's own programs. */
export function labProgram(name: string, args: readonly string[]): string[] {
  const file = fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));
  return [process.execPath, "--disable-warning=ExperimentalWarning", file, ...args];
}
