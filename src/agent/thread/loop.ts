/** The network thread's work: one loop over poll(2) that puts the protocol, layer 2 and the heartbeats together. Synchronous. */
import { createLayer2 } from "../layer2/layer2.ts";
import type { SeenFrame } from "../layer2/types.ts";
import type { SystemCalls } from "../linux/system-calls.ts";
import type { Effect } from "../protocol/effects.ts";
import type { ProtocolEvent } from "../protocol/events.ts";
import { createProtocol } from "../protocol/protocol.ts";
import { findCapabilities } from "./capabilities.ts";
import type { Control } from "./control.ts";
import { createExchange } from "./exchange.ts";
import { watchInterfaces } from "./interfaces.ts";
import type { FromThread, Happening, ThreadSettings, ToThread } from "./messages.ts";
import { monotonicMs } from "./monotonic.ts";
import { openTransport } from "./transport.ts";
import { unableTo } from "./unable.ts";

export interface LoopOptions {
  readonly calls: SystemCalls;
  readonly control: Control;
  readonly settings: ThreadSettings;
  /** The next message of the main thread, in their order. */
  readonly nextMessage: () => ToThread | undefined;
  readonly tell: (message: FromThread) => void;
}

/** Where more comes than can be read, probes end and fences fall all the same, so much later. */
const unreadAtMostMs = 1_000;
/** A turn comes at least this often: who waits for the flag to stop, or for a sign of life, does not wait long. */
const longestWaitMs = 500;
/** The view is told at most so often: while many addresses are being placed it changes in every turn. */
const viewApartMs = 100;
/** And so much more for each address: a long view takes its time on both sides. */
const viewApartMsEach = 0.2;

/** Returns when the control asks for it. @throws Error when a socket can't be opened, or for what should not be */
export function runLoop(o: LoopOptions): void {
  const opened: { close(): void }[] = [];
  try {
    loop(o, (part) => {
      opened.push(part);
      return part;
    });
  } finally {
    for (const part of opened.reverse()) part.close();
  }
}

/** @param kept is closed when the loop ends, by whatever end */
function loop(
  { calls, control, settings, nextMessage, tell }: LoopOptions,
  kept: <T extends { close(): void }>(part: T) => T,
): void {
  const { node, incarnation } = settings;
  let happenings: Happening[] = [];
  const onTrouble = (message: string) => void happenings.push({ level: "warn", reason: "Trouble", message });
  const transport = kept(openTransport({ calls, port: settings.heartbeatPort, onTrouble }));
  const interfaces = kept(watchInterfaces(calls, settings.skipInterfaces));
  const frames: SeenFrame[] = [];
  const layer2 = kept(
    createLayer2({
      calls,
      onFrame: (frame) => frames.push(frame),
      onTrouble,
    }),
  );
  const capabilities = findCapabilities(calls);
  const unable = unableTo(capabilities);
  const exchange = createExchange({ node, keys: settings.keys, transport, onTrouble });
  const protocol = createProtocol({ node, incarnation });
  let viewDue: number | undefined;
  let viewTold = Number.NEGATIVE_INFINITY;
  let lagMs = 0;
  let addresses = 0;
  let turnBegan = Number.POSITIVE_INFINITY;
  const framesUntil = readUntil(calls, () => layer2.fds());
  const heardUntil = readUntil(calls, () => transport.fds());

  const happen = (event: ProtocolEvent): void => {
    for (const effect of protocol.handle(event, calls.bootTime(), Date.now())) perform(effect);
  };
  const perform = (effect: Effect): void => {
    switch (effect.kind) {
      case "send":
        // What was just claimed is announced before anybody hears of the claim.
        layer2.tick(calls.bootTime());
        exchange.send(effect.heartbeat, effect.also);
        break;
      case "probe":
        layer2.probe(effect.address, effect.interfaces);
        break;
      case "hold":
        layer2.hold(effect);
        break;
      case "release":
        layer2.release(effect.address);
        break;
      case "answer-until":
        layer2.answerUntil(effect.deadline);
        break;
      case "leases-wanted":
        tell({ kind: "leases-wanted", nodes: effect.nodes });
        break;
      case "api-wanted":
        tell(effect);
        break;
      case "changed":
        viewDue ??= viewTold + viewApartMs + addresses * viewApartMsEach;
        break;
      case "happened":
        happenings.push(effect.happening);
        break;
      case "left":
        tellHappenings();
        tellView(calls.bootTime());
        tell({ kind: "left" });
        break;
    }
  };
  const tellHappenings = (): void => {
    if (happenings.length > 0) tell({ kind: "happened", happenings });
    happenings = [];
  };
  const tellView = (now: number): void => {
    viewDue = undefined;
    viewTold = now;
    tell({ kind: "view", view: protocol.view() });
  };
  const obey = (message: ToThread): void => {
    switch (message.kind) {
      case "keys":
        exchange.setKeys(message.keys);
        break;
      case "statistics":
        tell({ kind: "statistics", request: message.request, statistics: statistics() });
        break;
      case "world":
        exchange.setWorld(message.world);
        addresses = message.world.addresses.length;
        happen({ kind: "world", world: unable.world(message.world) });
        break;
      case "lease":
        happen({ kind: "lease", ...message.lease });
        break;
      case "api-reached":
      case "leave":
        happen(message);
        break;
    }
  };
  const statistics = () => {
    const lag = lagMs;
    lagMs = 0;
    const heapBytes = process.memoryUsage().heapUsed;
    return { ...exchange.statistics(), addresses: layer2.counters(), lagMs: lag, heapBytes };
  };
  const followInterfaces = (now: number): void => {
    const all = interfaces.changed(now);
    if (all === undefined) return;
    const links = unable.links(all);
    // First those who decide: what must not be answered any more is told to layer 2 before it hears of new links.
    happen({ kind: "links", links });
    layer2.setLinks(links);
    transport.setLinks(all);
    tell({ kind: "interfaces", interfaces: links });
  };
  const due = (): number =>
    Math.min(
      ...[protocol.wakeAt(), layer2.nextDue(), interfaces.nextDue(), viewDue].map(
        (at) => at ?? Number.POSITIVE_INFINITY,
      ),
    );
  const read = (fd: number): void => {
    if (fd === interfaces.fd) interfaces.onReadable();
    else if (layer2.fds().includes(fd)) layer2.onReadable(fd);
    else
      exchange.receive(fd, calls.bootTime(), (heartbeat, path) => happen({ kind: "heard", heartbeat, path }));
  };
  const wait = (wakeFd: number): number[] => {
    const now = calls.bootTime();
    control.turned(now - monotonicMs());
    lagMs = Math.max(lagMs, now - turnBegan);
    const until = Math.min(due(), now + longestWaitMs);
    // In the order in which they are read: what ends a claim comes before what is answered by it.
    const fds = [wakeFd, interfaces.fd, ...transport.fds(), ...layer2.fds()];
    const ready = calls.poll(fds, Math.max(0, until - now));
    turnBegan = calls.bootTime();
    lagMs = Math.max(lagMs, turnBegan - Math.max(until, now));
    return ready;
  };

  const wakeFd = calls.eventFd();
  control.setWakeFd(wakeFd);
  // Before anybody asks what time it is.
  control.turned(calls.bootTime() - monotonicMs());
  tell({ kind: "started", capabilities });
  followInterfaces(calls.bootTime());
  while (!control.stopRequested()) {
    for (const fd of wait(wakeFd)) {
      if (fd === wakeFd) calls.clearSignal(fd);
      else read(fd);
    }
    for (let message = nextMessage(); message !== undefined; message = nextMessage()) obey(message);
    for (const frame of frames.splice(0)) happen({ kind: "frame", ...frame });
    followInterfaces(calls.bootTime());
    const framesLost = layer2.hasLost();
    happen({ kind: "wake", framesUntil: framesUntil(), framesLost, heardUntil: heardUntil() });
    const now = calls.bootTime();
    layer2.tick(now);
    tellHappenings();
    if (viewDue !== undefined && now >= viewDue) tellView(now);
  }
}

/** Up to when all that came has been read: a busy thread comes late to what was in time. */
function readUntil(calls: SystemCalls, fds: () => readonly number[]): () => number {
  let until = Number.NEGATIVE_INFINITY;
  return () => {
    const now = calls.bootTime();
    const unread = calls.poll([...fds()], 0);
    until = unread.length === 0 ? now : Math.max(until, now - unreadAtMostMs);
    return until;
  };
}
