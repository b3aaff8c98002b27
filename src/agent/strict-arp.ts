/**
 * Whether the kernel keeps silent about addresses that kube-proxy has put on the node. In IPVS mode every node has every address of a
 * Service, on an interface of its own, and Linux answers ARP for all addresses that it has anywhere, unless arp_ignore says otherwise
 * (https://docs.kernel.org/networking/ip-sysctl.html). kube-proxy sets it with `strictARP`, which is off by default.
 * IPv6 is not concerned: neighbours are answered for addresses of the asked interface only. Pure.
 */
import type { AnnouncerCapability } from "../api/announcer.ts";
import type { InterfaceReport } from "./thread/messages.ts";

/** Where kube-proxy puts them. */
const ipvsInterface = "kube-ipvs0";
/** Answer only on the interface that has the address; the same, and in its subnet; never. */
const strict = [1, 2, 8];

/** @param arpIgnore what holds on this interface. Gives nothing where there is no IPVS. */
export function strictArp(
  interfaces: readonly Pick<InterfaceReport, "name" | "skipped">[],
  arpIgnore: (name: string) => number,
): AnnouncerCapability[] {
  if (!interfaces.some(({ name }) => name === ipvsInterface)) return [];
  const lax = interfaces
    .filter(({ name, skipped }) => skipped === undefined && !strict.includes(arpIgnore(name)))
    .map(({ name }) => name);
  if (lax.length === 0) return [{ name: "StrictARP", available: true }];
  const message = `kube-proxy runs in IPVS mode, and this node's kernel answers ARP for every IPv4 address of a Service on ${lax.slice(0, 8).join(", ")}, so that no other node can announce one; set strictARP: true in kube-proxy's configuration (ipvs.strictARP), or the sysctls net.ipv4.conf.all.arp_ignore=1 and arp_announce=2`;
  return [{ name: "StrictARP", available: false, message }];
}
