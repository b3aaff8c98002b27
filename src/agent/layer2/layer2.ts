/** Layer 2 of one node, put together: what is wanted, the interfaces there are, and the frames between. See types.ts. */
import type { Link } from "../linux/link.ts";
import { refusalOf, type SystemCallError, type SystemCalls } from "../linux/system-calls.ts";
import { createAnnouncements, type Place } from "./announcements.ts";
import { createBoundAddresses } from "./bound-addresses.ts";
import { announcementFrames, probeFrame, readFrame } from "./frames.ts";
import { createResponder } from "./responder.ts";
import type { Held, Layer2, SeenFrame } from "./types.ts";
import { concerns, createWanted } from "./wanted.ts";
import { createWire, type Wire } from "./wire.ts";

export interface Layer2Options {
  readonly calls: SystemCalls;
  readonly onFrame: (frame: SeenFrame) => void;
  /** Something that people should know about: goes into the log as it is, once for as long as it lasts. */
  readonly onTrouble: (message: string) => void;
}

/** Frames read in one go: other sockets want their turn. */
const mostFramesAtOnce = 64;
/** After a full queue. */
const sendAgainMs = 50;
/** After the kernel refused something. */
const alignAgainMs = 1_000;

export function createLayer2({ calls, onFrame, onTrouble }: Layer2Options): Layer2 {
  const wanted = createWanted();
  const wires = new Map<string, Wire>();
  const announcements = createAnnouncements();
  const bound = createBoundAddresses(calls);
  /** By what it is about: each is told once. */
  const troubles = new Map<string, string>();
  let ownMacs: ReadonlySet<string> = new Set();
  let probes: { readonly address: string; readonly interfaces: readonly string[] | undefined }[] = [];
  let deadline = Number.NEGATIVE_INFINITY;
  /** When what the kernel has must be brought in line with what is wanted. */
  let alignAt = Number.POSITIVE_INFINITY;
  let isSwept = false;
  /** What is to be bound when this node may speak again. */
  let isBindingPutOff = false;

  const respond = createResponder({
    wanted,
    isOwn: (mac) => ownMacs.has(mac),
    isBound: (address, { index }) => bound.has({ address, index }),
    speak,
    onFrame,
  });

  /** Asked before every frame: the process may have been stopped since the last. */
  const maySpeak = () => calls.bootTime() < deadline;
  const alignSoon = () => {
    alignAt = Number.NEGATIVE_INFINITY;
  };

  function align(now: number): void {
    alignAt = wanted.endListening(now) ?? Number.POSITIVE_INFINITY;
    for (const [name, wire] of wires) {
      const error = refusalOf(() => wire.setInterest(wanted.interestOn(wire.link)));
      settle(name, error && `Cannot listen on interface "${name}": ${explain(error, "CAP_NET_RAW")}`, now);
    }
    const places = placesToBind();
    isBindingPutOff = !maySpeak() && places.length > 0;
    const { done, error } = bound.set(isBindingPutOff ? places.filter(bound.has) : places, now);
    settleBinding(error, now);
    if (!done && error === undefined) alignAt = now;
  }

  function settleBinding(error: SystemCallError | undefined, now: number): void {
    const instead = "such addresses are answered for from a raw socket instead";
    settle("", error && `Cannot bind addresses: ${explain(error, "CAP_NET_ADMIN")}; ${instead}`, now);
  }

  function settle(about: string, trouble: string | undefined, now: number): void {
    if (trouble === undefined) {
      troubles.delete(about);
      return;
    }
    alignAt = Math.min(alignAt, now + alignAgainMs);
    if (troubles.get(about) !== trouble) onTrouble(trouble);
    troubles.set(about, trouble);
  }

  function placesToBind(): { address: string; index: number }[] {
    const toBind = wanted.held().filter(({ mode }) => mode === "Bind");
    return [...wires.values()].flatMap(({ link }) =>
      toBind
        .filter(({ address, interfaces }) => link.up && concerns(address, interfaces, link))
        .map(({ address }) => ({ address, index: link.index })),
    );
  }

  function sendProbes(): void {
    for (const { address, interfaces } of probes) {
      for (const wire of wires.values()) {
        const { link } = wire;
        if (link.up && concerns(address, interfaces, link)) wire.send(probeFrame(link.mac, address));
      }
    }
    probes = [];
  }

  function announceAnew(address: string, { link }: Wire): void {
    const place = { address, interface: link.name };
    if (link.up && wanted.heldOn(address, link) !== undefined) announcements.start(place, 0);
    else announcements.stop(address, link.name);
  }

  function announce(place: Place, now: number): void {
    const wire = wires.get(place.interface);
    if (wire === undefined || wanted.heldOn(place.address, wire.link) === undefined) {
      announcements.stop(place.address, place.interface);
    } else if (announcementFrames(wire.link.mac, place.address).every((frame) => speak(wire, frame))) {
      wanted.counts(place.address, place.interface).announcements += 1;
      announcements.sent(place, now);
    } else {
      announcements.later(place, now + sendAgainMs);
    }
  }

  function speak(wire: Wire, frame: Uint8Array): boolean {
    return maySpeak() && wire.send(frame);
  }

  /** Anybody may send anything: no frame ends the others. */
  function takeFrame(wire: Wire, frame: Uint8Array): void {
    try {
      const packet = readFrame(frame);
      if (packet !== undefined) respond(wire, packet);
    } catch (error) {
      const about = `Dropped a frame on interface "${wire.link.name}" that could not be dealt with`;
      if (!troubles.has(about)) onTrouble(`${about}: ${(error as Error).message}`);
      troubles.set(about, about);
    }
  }

  return {
    fds: () => [...wires.values()].flatMap((wire) => wire.fds()),
    onReadable(fd) {
      const wire = wires.values().find((one) => one.fds().includes(fd));
      for (let read = 0; wire !== undefined && read < mostFramesAtOnce; read++) {
        const frame = wire.receive(fd);
        if (frame === undefined) return;
        takeFrame(wire, frame);
      }
    },
    setLinks(links) {
      ownMacs = new Set(links.map(({ mac }) => mac));
      bound.setOwn(new Set(links.flatMap(({ own }) => own)));
      if (!isSwept) bound.sweep(links.map(({ index }) => index));
      isSwept = true;
      const usable = new Map(links.filter(isUsable).map((link) => [link.name, link]));
      for (const [name, wire] of wires) {
        if (usable.get(name)?.index === wire.link.index) continue;
        wire.close();
        wires.delete(name);
        for (const { address } of wanted.held()) announcements.stop(address, name);
      }
      for (const link of usable.values()) {
        const before = wires.get(link.name);
        const wire = before ?? createWire(calls, link);
        const isNew = before === undefined || mustAnnounceAnew(before.link, link);
        wire.link = link;
        wires.set(link.name, wire);
        if (isNew) for (const { address } of wanted.held()) announceAnew(address, wire);
      }
      alignSoon();
    },
    hold(held) {
      const before = wanted.hold(held);
      if (before !== undefined && isSame(before, held)) return;
      for (const wire of wires.values()) {
        const wasHeld = before?.epoch === held.epoch && concerns(held.address, before.interfaces, wire.link);
        if (!wasHeld || wanted.heldOn(held.address, wire.link) === undefined)
          announceAnew(held.address, wire);
      }
      alignSoon();
    },
    release(address) {
      wanted.release(address);
      announcements.stop(address);
      bound.drop(address);
      alignSoon();
    },
    probe(address, interfaces) {
      wanted.listenFor(address, interfaces, calls.bootTime());
      probes.push({ address, interfaces });
      alignSoon();
    },
    answerUntil(until) {
      deadline = until;
      if (isBindingPutOff) alignSoon();
    },
    nextDue() {
      const now = calls.bootTime();
      // Past the deadline nothing may be said. To come back for it at once would be a busy loop: it is due when the deadline moves.
      const spoken = [announcements.next(), bound.nextDue()].filter(
        (at) => at !== undefined && (at > now || now < deadline),
      );
      const next = Math.min(alignAt, ...spoken.map((at) => at ?? alignAt));
      return next === Number.POSITIVE_INFINITY ? undefined : next;
    },
    tick(now) {
      if (alignAt <= now) align(now);
      if (probes.length > 0) sendProbes();
      if (!maySpeak()) return;
      if ((bound.nextDue() ?? now + 1) <= now) settleBinding(bound.renew(now), now);
      for (const place of announcements.due(now)) announce(place, now);
    },
    hasLost: () => [...wires.values()].filter((wire) => wire.lost() > 0).length > 0,
    counters: wanted.counters,
    close() {
      bound.close();
      for (const wire of wires.values()) wire.close();
      wires.clear();
    },
  };
}

function isUsable({ skipped }: Link): boolean {
  return skipped === undefined;
}

function mustAnnounceAnew(before: Link, now: Link): boolean {
  return before.up !== now.up || before.mac !== now.mac || before.ipv6 !== now.ipv6;
}

function isSame(one: Held, other: Held): boolean {
  return (
    one.epoch === other.epoch &&
    one.mode === other.mode &&
    one.interfaces?.join("\n") === other.interfaces?.join("\n")
  );
}

function explain(error: SystemCallError, capability: string): string {
  if (error.code !== "EPERM") return error.message;
  return `${error.message}: the agent needs the capability ${capability}`;
}
