/**
 * A program that asks for an address by ARP or neighbour discovery at a steady rate, and prints how long each answer took, as JSON. It asks
 * on time whether answers have come or not, each time in the name of another address, by which the answer is known.
 */
import { arpAnswer, readArp } from "../../../src/agent/layer2/arp.ts";
import { ndpFilter } from "../../../src/agent/layer2/filter.ts";
import { BROADCAST } from "../../../src/agent/layer2/packet.ts";
import { addressBytes, addressText, macBytes } from "../../../src/agent/linux/address-bytes.ts";
import { readLinks } from "../../../src/agent/linux/links.ts";
import { ETH_P_ARP, ETH_P_IPV6, openPacketSocket } from "../../../src/agent/linux/packet-socket.ts";
import { loadSystemCalls } from "../../../src/agent/linux/system-calls.ts";
import { solicitation } from "./solicitation.ts";

export interface AskerSettings {
  readonly address: string;
  readonly perSecond: number;
  readonly seconds: number;
}

export interface Asked {
  readonly asked: number;
  /** Milliseconds, of each that was answered. */
  readonly latencies: readonly number[];
}

/** As many questions can be on their way; later answers count as none. */
const askers = 100;
const settings = JSON.parse(process.argv[2] ?? "") as AskerSettings;
const isIPv4 = !settings.address.includes(":");
const calls = await loadSystemCalls();
const link = readLinks(calls, []).find(({ name }) => name === "eth0");
if (link === undefined) throw new Error("no eth0");
const mac = macBytes(link.mac);
const fd = openPacketSocket(calls, {
  protocol: isIPv4 ? ETH_P_ARP : ETH_P_IPV6,
  index: link.index,
  filter: isIPv4 ? acceptAll() : ndpFilter(link.index, [{ first: 0, last: 0xffff_ffff }]),
});
const names = Array.from({ length: askers }, (_, n) => (isIPv4 ? `10.78.64.${n}` : `fd78::64:${n}`)).map(
  (name) => addressText(addressBytes(name)),
);
const questions = names.map((name) =>
  isIPv4 ? arpQuestion(name) : solicitation(mac, name, settings.address),
);
const sentAt = new Map<string, number>();
const buffer = Buffer.alloc(2048);
const latencies: number[] = [];
const total = settings.perSecond * settings.seconds;
const begin = calls.bootTime();

for (let asked = 0; asked < total || calls.bootTime() < begin + settings.seconds * 1000 + 200; ) {
  const due = Math.min(total, ((calls.bootTime() - begin) * settings.perSecond) / 1000);
  for (; asked < due; asked++) {
    const n = asked % askers;
    sentAt.set(names[n] ?? "", calls.bootTime());
    calls.send(fd, questions[n] ?? buffer);
  }
  calls.poll([fd], 1);
  takeAnswers();
}
process.stdout.write(JSON.stringify({ asked: total, latencies } satisfies Asked));

function takeAnswers(): void {
  for (let length = calls.receive(fd, buffer); length !== undefined; length = calls.receive(fd, buffer)) {
    const name = askerIn(buffer.subarray(0, length));
    const at = sentAt.get(name ?? "");
    if (name === undefined || at === undefined) continue;
    latencies.push(calls.bootTime() - at);
    sentAt.delete(name);
  }
}

/** Whom an answer about the address is for; undefined: it is none. */
function askerIn(frame: Uint8Array): string | undefined {
  if (!isIPv4) return frame[54] === 136 ? addressText(frame.subarray(38, 54)) : undefined;
  const packet = readArp(frame);
  return packet?.kind === "claim" ? addressText(frame.subarray(38, 42)) : undefined;
}

/** A reply made into a question: it has the same fields. */
function arpQuestion(name: string): Uint8Array {
  const frame = arpAnswer(mac, name, { mac: BROADCAST, address: settings.address });
  frame[21] = 1;
  return frame;
}

function acceptAll(): Uint8Array {
  return Uint8Array.of(6, 0, 0, 0, 255, 255, 255, 255);
}
