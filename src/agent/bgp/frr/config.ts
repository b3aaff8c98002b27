/** A configuration of FRR as data: lines, each in the place where it counts. */

/** The processes of FRR that we configure. */
export type Daemon = "zebra" | "bfdd" | "bgpd";

export interface Section {
  readonly daemon: Daemon;
  /** The lines that lead here from the top, such as `router bgp 64500` and `address-family ipv4 unicast`; empty: the top itself. */
  readonly context: readonly string[];
  /** Without indentation. Empty: that the section exists says something. */
  readonly lines: readonly string[];
}

/** In an order in which every line finds what it refers to. */
export type FrrConfig = readonly Section[];

const closing: readonly (readonly [RegExp, string])[] = [
  [/^address-family /, "exit-address-family"],
  [/^vrf /, "exit-vrf"],
];

/** What FRR reads when it starts: the file `frr.conf`, for all of its daemons. @throws where a line would make two */
export function configText(config: FrrConfig): string {
  const lines = ["! Written by fairlead agent, which overwrites it."];
  let open: readonly string[] = [];
  const close = (depth: number) => {
    for (let at = open.length - 1; at >= depth; at--) {
      const opened = open[at] ?? "";
      const word = closing.find(([pattern]) => pattern.test(opened))?.[1] ?? "exit";
      lines.push(`${" ".repeat(at)}${word}`);
      if (at === 0) lines.push("!");
    }
  };
  for (const { context, lines: own } of config) {
    const differing = context.findIndex((each, at) => each !== open[at]);
    const shared = differing === -1 ? context.length : differing;
    close(shared);
    for (const [at, each] of context.entries()) if (at >= shared) lines.push(`${" ".repeat(at)}${each}`);
    for (const line of own) lines.push(`${" ".repeat(context.length)}${line}`);
    open = context;
  }
  close(0);
  if (lines.some((line) => /[\0\r\n]/.test(line))) throw new Error("A line for FRR has a line break in it");
  return `${lines.join("\n")}\n`;
}
