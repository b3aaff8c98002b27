/** What agents say that they can't do for an object on their node. Pure. */
import type { Announcer } from "../../api/announcer.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import { someNodes } from "./surroundings.ts";

/** Looks up what is told of an object: each message once, with the nodes that it is from. */
export function problemsTold(
  announcers: readonly Announcer[],
): (kind: string, name: string) => Finding | undefined {
  const nodesByMessage = new Map<string, Map<string, string[]>>();
  for (const { metadata, status } of announcers) {
    for (const { kind, name, message } of status?.bgp?.problems ?? []) {
      const key = `${kind} ${name}`;
      const messages = nodesByMessage.get(key) ?? new Map<string, string[]>();
      messages.set(message, [...(messages.get(message) ?? []), metadata.name ?? ""]);
      nodesByMessage.set(key, messages);
    }
  }
  return (kind, name) => {
    const messages = nodesByMessage.get(`${kind} ${name}`);
    if (messages === undefined) return undefined;
    const told = [...messages]
      .map(([message, nodes]) => `on ${someNodes(nodes)}: ${message}`)
      .sort()
      .slice(0, MOST_TOLD);
    return { reason: "NodeRefuses", message: told.join("; ") };
  };
}

const MOST_TOLD = 4;
