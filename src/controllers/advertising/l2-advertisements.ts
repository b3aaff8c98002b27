/** What comes of an L2Advertisement. It can stand in nobody's way, so it is always accepted. Pure. */
import type { AnnouncerInterface } from "../../api/announcer.ts";
import type { L2AdvertisementSpec } from "../../api/l2-advertisement.ts";
import { quote } from "../../core/quote.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import { type Selected, selected } from "./selection.ts";
import type { Surroundings } from "./surroundings.ts";

export function judgeL2Advertisement(spec: L2AdvertisementSpec, around: Surroundings): Selected {
  const found = selected(spec, around);
  const unused = interfaceFlaw(spec, found.nodes, around);
  return unused === undefined ? found : { ...found, flaws: [...found.flaws, unused] };
}

/** Told of each name that is of use on none of the nodes. */
function interfaceFlaw(
  { interfaces = [] }: L2AdvertisementSpec,
  nodes: Selected["nodes"],
  { agents }: Surroundings,
): Finding | undefined {
  if (nodes === undefined || agents === undefined) return undefined;
  const known = [...nodes].flatMap((node) => agents.get(node)?.status?.interfaces ?? []);
  if (known.length === 0) return undefined;
  const [useless, ...more] = interfaces.flatMap((name) => whyUseless(name, known) ?? []);
  if (useless === undefined) return undefined;
  const others = more.length === 0 ? "" : ` (and ${more.length} more such names)`;
  return { reason: "SelectsNothing", message: `spec.interfaces: ${useless}${others}` };
}

function whyUseless(name: string, known: readonly AnnouncerInterface[]): string | undefined {
  const alike = known.filter((each) => each.name === name);
  if (alike.length === 0) return `no node that it selects has an interface ${quote(name)}`;
  if (alike.some(({ skipped }) => skipped === undefined)) return undefined;
  return `the agents skip ${quote(name)}: ${alike[0]?.skipped}`;
}
