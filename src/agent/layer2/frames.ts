/** The frames of both families: ARP for IPv4, neighbour discovery for IPv6. */
import { macBytes } from "../linux/address-bytes.ts";
import { arpAnnouncements, arpAnswer, arpProbe, readArp } from "./arp.ts";
import { ndpAnnouncement, ndpAnswer, ndpProbe, readNdp } from "./ndp.ts";
import type { Asker, Packet } from "./packet.ts";
import { familyOf, isArp } from "./wire.ts";

/** undefined: not about addresses and their owners. */
export function readFrame(frame: Uint8Array): Packet | undefined {
  return isArp(frame) ? readArp(frame) : readNdp(frame);
}

/** @param mac hardware address of the interface that it goes out on; so below */
export function answerFrame(mac: string, address: string, asker: Asker): Uint8Array {
  const answer = familyOf(address) === "IPv4" ? arpAnswer : ndpAnswer;
  return answer(macBytes(mac), address, asker);
}

/** One round: all of them. */
export function announcementFrames(mac: string, address: string): Uint8Array[] {
  if (familyOf(address) === "IPv4") return arpAnnouncements(macBytes(mac), address);
  return [ndpAnnouncement(macBytes(mac), address)];
}

export function probeFrame(mac: string, address: string): Uint8Array {
  const probe = familyOf(address) === "IPv4" ? arpProbe : ndpProbe;
  return probe(macBytes(mac), address);
}
