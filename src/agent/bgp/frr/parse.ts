/** What FRR shows as its running configuration, as data. Pure. */
import { withNumbers } from "./community-names.ts";
import type { Daemon, FrrConfig } from "./config.ts";

const opens =
  /^(router bgp \d|route-map \S|bfd$|profile \S|vrf \S|address-family \S|interface \S|[a-z-]+ [a-z]+ vrf \S)/;
const says = /^(!|exit|end$|$)/;

/** Lines that we never write are in it too. Sections are in the order in which they are shown. */
export function parseRunning(daemon: Daemon, text: string): FrrConfig {
  const top = { daemon, context: [] as string[], lines: [] as string[] };
  const sections = [top];
  const open: { readonly indent: number; readonly section: typeof top }[] = [{ indent: -1, section: top }];
  for (const raw of text.split(/\r?\n/)) {
    const line = withNumbers(raw.trim());
    if (says.test(line)) continue;
    const indent = raw.length - raw.trimStart().length;
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
    const parent = open.at(-1)?.section ?? top;
    if (!opens.test(line)) {
      parent.lines.push(line);
      continue;
    }
    const section = { daemon, context: [...parent.context, line], lines: [] };
    sections.push(section);
    open.push({ indent, section });
  }
  return sections;
}

/** The version that FRR says at the head of its configuration. */
export function versionIn(text: string): string | undefined {
  return /^frr version (\S+)/m.exec(text)?.[1];
}
