/**
 * A program: asks everybody on the wire who has some addresses, by ARP and by neighbour discovery, and says of each request and of each answer
 * when it was and by which MAC, as JSON, a line each: `neighbour-client.ts PER_SECOND ADDRESS…`. This shows when two answer at once,
 * which a page that comes does not.
 *
 * Each request comes from another of 64 sender addresses, which nobody has: an answer names the address that asked, so it is known
 * which request it belongs to, however late it is.
 */
import { writeSync } from "node:fs";
import { arpRequest, canonical, said, solicitation } from "./neighbour-frames.ts";
import { now } from "./now.ts";
import { openPacketSocket } from "./packet-socket.ts";

/** What the program says. Times in milliseconds of the machine's monotonic clock. */
export type Heard =
  | { readonly what: "asked"; readonly at: number; readonly address: string }
  /** `asked`: when its request was sent. */
  | {
      readonly what: "answer";
      readonly at: number;
      readonly address: string;
      readonly mac: string;
      readonly asked: number;
    }
  | { readonly what: "announcement"; readonly at: number; readonly address: string; readonly mac: string };

const senders = 64;

const [perSecond = "20", ...given] = process.argv.slice(2);
const everyMs = 1_000 / Number(perSecond);
// As frames have them → as they were given.
const addresses = new Map(given.map((address) => [canonical(address), address]));
const socket = openPacketSocket("eth0");
/** By sender address: when it asked last. */
const asked = new Map<string, number>();

let due = now();
for (let turn = 0; ; turn++) {
  const lines: Heard[] = [];
  const at = now();
  for (const address of addresses.values()) {
    const from = address.includes(":")
      ? `fd77::5e:${(turn % senders) + 1}`
      : `10.77.94.${(turn % senders) + 1}`;
    asked.set(canonical(from), at);
    const make = address.includes(":") ? solicitation : arpRequest;
    socket.send(make(socket.mac, from, address));
    lines.push({ what: "asked", at, address });
  }
  due = Math.max(due + everyMs, at);
  do {
    for (const frame of socket.receive(due - now())) {
      const heard = heardIn(frame);
      if (heard !== undefined) lines.push(heard);
    }
  } while (now() < due);
  writeSync(1, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

function heardIn(frame: Buffer): Heard | undefined {
  const about = said(frame);
  const address = about === undefined ? undefined : addresses.get(about.address);
  if (about === undefined || address === undefined) return undefined;
  const at = now();
  const { mac, to } = about;
  if (to === undefined) return { what: "announcement", at, address, mac };
  const request = asked.get(to);
  // Somebody else's request.
  return request === undefined ? undefined : { what: "answer", at, address, mac, asked: request };
}
