/** Settings for single ports and listeners that there are none of: they have no effect, and that is told. */
import type { Problem } from "../../provider.ts";
import type { Listens } from "./listens.ts";
import { degraded } from "./problems.ts";
import type { View } from "./view.ts";

/** `listens`: all that the member asks for, whether it gets it or not. */
export function settingsWithoutPort({ settings }: View, listens: readonly Listens[]): Problem[] {
  const listeners = listens.map(({ protocol, port }) => `${protocol}-${port}`);
  const ports = listens.map(({ port }) => String(port));
  const strange = (
    setting: string,
    keys: readonly string[],
    known: readonly string[],
    what: string,
  ): Problem[] =>
    keys
      .filter((key) => !known.includes(key))
      .sort()
      .map((key) =>
        degraded(
          "InvalidSettings",
          `${setting}: "${key}" has no effect, for there is no such ${what}; there is ${known.join(", ")}`,
        ),
      );
  return [
    ...strange("actions", Object.keys(settings.actions), listeners, "listener"),
    ...strange("listenerAttributes", Object.keys(settings.listenerAttributes), listeners, "listener"),
    ...strange(
      "targetGroupAttributesByPort",
      Object.keys(settings.targetGroupAttributesByPort),
      ports,
      "port",
    ),
    ...strange("proxyProtocolPorts", (settings.proxyProtocolPorts ?? []).map(String), ports, "port"),
  ];
}
