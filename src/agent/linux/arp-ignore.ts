/** What the kernel was told of ARP. */
import { readFileSync } from "node:fs";

/** `arp_ignore` as it holds on an interface: the higher one of its own and of all. 0 where it can't be read. */
export function arpIgnore(name: string): number {
  return Math.max(settingOf("all"), settingOf(name));
}

function settingOf(name: string): number {
  try {
    return Number(readFileSync(`/proc/sys/net/ipv4/conf/${name}/arp_ignore`, "utf8"));
  } catch {
    // The interface has gone meanwhile.
    return 0;
  }
}
