/** Removes all that has the name of a lab, whatever is left of it. Can be repeated. */
import { setTimeout as delay } from "node:timers/promises";
import { ip, ipJson, system } from "../ip.ts";
import { isLinkOf, namespacePrefix } from "../names.ts";

export async function removeLab(index: number): Promise<void> {
  const namespaces = await namespacesOf(index);
  for (const namespace of namespaces) await endProcesses(namespace);
  // Before the namespaces, which the kernel takes away in its own time: a lab of the same index may come next.
  const links = await ipJson<{ ifname: string }>(["link", "show"]);
  for (const { ifname } of links)
    if (isLinkOf(index, ifname)) await ip([`link del dev ${ifname}`]).catch(() => {});
  for (const namespace of namespaces) await ip([`netns del ${namespace}`]).catch(() => {});
  const left = await namespacesOf(index);
  if (left.length > 0) throw new Error(`Cannot remove ${left.join(", ")}`);
}

async function namespacesOf(index: number): Promise<string[]> {
  const all = await ipJson<{ name: string }>(["netns", "list"]);
  return all.map(({ name }) => name).filter((name) => name.startsWith(namespacePrefix(index)));
}

/** What runs in a namespace of the lab was started there by the lab, or by a person to look at it. */
async function endProcesses(namespace: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const pids = await system("ip", ["netns", "pids", namespace]).catch(() => "");
    if (pids.trim() === "") return;
    for (const pid of pids.trim().split(/\s+/)) end(Number(pid));
    await delay(20);
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}
