/** Layer 2 of one node, put together: what is wanted, the interfaces there are, and the frames between. See types.ts. */

import { macBytes, macText } from "../linux/address-bytes.ts";
import type { Link } from "../linux/link.ts";
import { SystemCallError, type SystemCalls } from "../linux/system-calls.ts";
import { createAnnouncements, type Place } from "./announcements.ts";
import { arpAnnouncements, arpAnswer, arpProbe, readArp } from "./arp.ts";
import { ndpAnnouncement, ndpAnswer, ndpProbe, readNdp } from "./ndp.ts";
import type { Asker, Packet } from "./packet.ts";
import type { Held, Layer2, Layer2Counters, Layer2Trouble, SeenFrame } from "./types.ts";
import { createWire, familyOf, isArp, type Wire } from "./wire.ts";

export interface Layer2Options {
  readonly calls: SystemCalls;
  readonly onFrame: (frame: SeenFrame) => void;
  readonly onTrouble: (trouble: Layer2Trouble) => void;
}

/** One address that is held, or was probed for a moment ago. */
interface Entry {
  readonly address: string;
  held: Held | undefined;
  probed: { readonly interfaces: readonly string[] | undefined; readonly until: number } | undefined;
  readonly counts: Map<string, Counts>;
}

interface Counts {
  requests: number;
  answers: number;
  announcements: number;
}

/** How long answers to a probe are listened for. */
const listenMs = 3_000;
/** Frames read in one go: other sockets want their turn. */
const mostFramesAtOnce = 64;
/** After a full queue. */
const sendAgainMs = 20;
/** After sockets could not be opened or filtered. */
const openAgainMs = 1_000;

export function createLayer2({ calls, onFrame, onTrouble }: Layer2Options): Layer2 {
  const entries = new Map<string, Entry>();
  const wires = new Map<string, Wire>();
  const announcements = createAnnouncements();
  const troubles = new Map<string, string>();
  let ownMacs: ReadonlySet<string> = new Set();
  let probes: { address: string; interfaces: readonly string[] | undefined }[] = [];
  let deadline = Number.NEGATIVE_INFINITY;
  /** When the sockets have to be brought in line with what is wanted; 0: at once. */
  let alignAt: number | undefined;

  /** Asked before every frame: the process may have been stopped since the last. */
  const maySpeak = () => calls.bootTime() < deadline;

  function entryOf(address: string): Entry {
    const entry = entries.get(address) ?? { address, held: undefined, probed: undefined, counts: new Map() };
    entries.set(address, entry);
    return entry;
  }

  function countsOf({ counts }: Entry, name: string): Counts {
    const found = counts.get(name) ?? { requests: 0, answers: 0, announcements: 0 };
    counts.set(name, found);
    return found;
  }

  function startAnnouncing(entry: Entry, wire: Wire): void {
    const place = { address: entry.address, interface: wire.link.name };
    if (wire.link.up && concerns(entry.held, entry.address, wire.link)) announcements.start(place, 0);
    else announcements.stop(place.address, place.interface);
  }

  function align(now: number): void {
    alignAt = undefined;
    for (const entry of entries.values()) forgetProbe(entry, now);
    for (const [name, wire] of wires) {
      try {
        wire.setInterest(interestOn(wire.link));
        troubles.delete(name);
      } catch (error) {
        if (!(error instanceof SystemCallError)) throw error;
        alignAt = now + openAgainMs;
        tellOnce(name, `Cannot listen on interface "${name}": ${explain(error)}`);
      }
    }
  }

  function tellOnce(name: string, message: string): void {
    if (troubles.get(name) === message) return;
    troubles.set(name, message);
    onTrouble({ interface: name, message });
  }

  function forgetProbe(entry: Entry, now: number): void {
    if (entry.probed === undefined) return;
    if (entry.probed.until > now) alignAt = Math.min(alignAt ?? Number.POSITIVE_INFINITY, entry.probed.until);
    else entry.probed = undefined;
    if (entry.held === undefined && entry.probed === undefined) entries.delete(entry.address);
  }

  function interestOn(link: Link): Set<string> {
    const wanted = entries
      .values()
      .filter(({ address, held, probed }) => concerns(held, address, link) || concerns(probed, address, link))
      .map(({ address }) => address);
    return new Set(wanted);
  }

  function sendProbes(): void {
    for (const { address, interfaces } of probes) {
      for (const wire of wires.values()) {
        if (!wire.link.up || !concerns({ interfaces }, address, wire.link)) continue;
        const mac = macBytes(wire.link.mac);
        wire.send(familyOf(address) === "IPv4" ? arpProbe(mac, address) : ndpProbe(mac, address));
      }
    }
    probes = [];
  }

  function announce(place: Place, now: number): void {
    const wire = wires.get(place.interface);
    const entry = entries.get(place.address);
    if (wire === undefined || entry?.held === undefined) {
      announcements.stop(place.address, place.interface);
    } else if (!announcementFrames(wire.link, place.address).every((frame) => sendIfAllowed(wire, frame))) {
      announcements.later(place, now + sendAgainMs);
    } else {
      countsOf(entry, place.interface).announcements += 1;
      announcements.sent(place, now);
    }
  }

  function sendIfAllowed(wire: Wire, frame: Uint8Array): boolean {
    return maySpeak() && wire.send(frame);
  }

  function handle(wire: Wire, packet: Packet): void {
    if (packet.kind === "claim") {
      tell(wire, packet.address, packet.mac, packet.solicited ? "reply" : "announcement");
      return;
    }
    if (packet.asker === undefined) tell(wire, packet.target, packet.askerMac, "probe");
    else tell(wire, packet.asker, packet.askerMac, "announcement");
    answer(wire, packet.target, { mac: packet.askerMac, address: packet.asker });
  }

  function tell(wire: Wire, address: string, macOfOther: Uint8Array, what: SeenFrame["what"]): void {
    const mac = macText(macOfOther);
    if (ownMacs.has(mac) || !entries.has(address)) return;
    onFrame({ address, interface: wire.link.name, mac, what });
  }

  function answer(wire: Wire, target: string, asker: Asker): void {
    const entry = entries.get(target);
    if (entry === undefined || !concerns(entry.held, target, wire.link)) return;
    // An answer to a group would turn one frame into many.
    const isGroup = ((asker.mac[0] ?? 1) & 1) === 1;
    if (isGroup || ownMacs.has(macText(asker.mac))) return;
    const counts = countsOf(entry, wire.link.name);
    counts.requests += 1;
    // The kernel answers for what is bound.
    if (entry.held?.mode !== "Bind" && sendIfAllowed(wire, answerFrame(wire.link, target, asker)))
      counts.answers += 1;
  }

  return {
    fds: () => [...wires.values()].flatMap((wire) => wire.fds()),
    onReadable(fd) {
      const wire = wires.values().find((one) => one.fds().includes(fd));
      for (let read = 0; wire !== undefined && read < mostFramesAtOnce; read++) {
        const frame = wire.receive(fd);
        if (frame === undefined) return;
        const packet = isArp(frame) ? readArp(frame) : readNdp(frame);
        if (packet !== undefined) handle(wire, packet);
      }
    },
    setLinks(links) {
      ownMacs = new Set(links.map(({ mac }) => mac));
      const usable = new Map(
        links.filter(({ skipped }) => skipped === undefined).map((link) => [link.name, link]),
      );
      for (const [name, wire] of wires) {
        if (usable.get(name)?.index === wire.link.index) continue;
        wire.close();
        wires.delete(name);
        for (const { address } of entries.values()) announcements.stop(address, name);
      }
      for (const link of usable.values()) {
        const wire = wires.get(link.name) ?? createWire(calls, link);
        const before = wires.get(link.name)?.link;
        wire.link = link;
        wires.set(link.name, wire);
        if (!mustAnnounceAnew(before, link)) continue;
        for (const entry of entries.values()) startAnnouncing(entry, wire);
      }
      alignAt = 0;
    },
    hold(wanted) {
      const entry = entryOf(wanted.address);
      const before = entry.held;
      entry.held = wanted;
      if (before !== undefined && JSON.stringify(before) === JSON.stringify(wanted)) return;
      for (const wire of wires.values()) {
        const place = { address: wanted.address, interface: wire.link.name };
        if (
          before?.epoch === wanted.epoch &&
          concerns(before, place.address, wire.link) === concerns(wanted, place.address, wire.link)
        )
          continue;
        startAnnouncing(entry, wire);
      }
      alignAt = 0;
    },
    release(address) {
      const entry = entries.get(address);
      if (entry?.held === undefined) return;
      entry.held = undefined;
      if (entry.probed === undefined) entries.delete(address);
      announcements.stop(address);
      alignAt = 0;
    },
    probe(address, interfaces) {
      entryOf(address).probed = { interfaces, until: calls.bootTime() + listenMs };
      probes.push({ address, interfaces });
      alignAt = 0;
    },
    answerUntil(until) {
      deadline = until;
    },
    nextDue() {
      const now = calls.bootTime();
      const announceAt = announcements.next();
      // Past the deadline nothing may be said, and to come back for it at once would be a busy loop: it is due when the deadline moves.
      const waits = announceAt !== undefined && announceAt <= now && now >= deadline;
      const times = [alignAt, waits ? undefined : announceAt].filter((time) => time !== undefined);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    tick(now) {
      if (alignAt !== undefined && alignAt <= now) align(now);
      if (probes.length > 0) sendProbes();
      if (!maySpeak()) return;
      for (const place of announcements.due(now)) announce(place, now);
    },
    counters: () => [...entries.values()].flatMap(countersOf),
    close() {
      for (const wire of wires.values()) wire.close();
      wires.clear();
      entries.clear();
    },
  };
}

/** Whether what is wanted (to be held, or asked for) is wanted on this interface. */
function concerns(
  wanted: { readonly interfaces: readonly string[] | undefined } | undefined,
  address: string,
  { name, ipv6 }: Link,
): boolean {
  if (wanted === undefined || (!ipv6 && familyOf(address) === "IPv6")) return false;
  return wanted.interfaces === undefined || wanted.interfaces.includes(name);
}

function mustAnnounceAnew(before: Link | undefined, now: Link): boolean {
  return before === undefined || before.up !== now.up || before.mac !== now.mac || before.ipv6 !== now.ipv6;
}

function answerFrame(link: Link, address: string, asker: Asker): Uint8Array {
  if (familyOf(address) === "IPv4") return arpAnswer(macBytes(link.mac), address, asker);
  return ndpAnswer(macBytes(link.mac), address, asker);
}

function announcementFrames(link: Link, address: string): Uint8Array[] {
  if (familyOf(address) === "IPv4") return arpAnnouncements(macBytes(link.mac), address);
  return [ndpAnnouncement(macBytes(link.mac), address)];
}

function countersOf({ address, counts }: Entry): Layer2Counters[] {
  return [...counts].map(([name, numbers]) => ({ address, interface: name, ...numbers }));
}

function explain(error: SystemCallError): string {
  if (error.code !== "EPERM") return error.message;
  return `${error.message}; the agent needs the capability CAP_NET_RAW`;
}
