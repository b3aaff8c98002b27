/** A raw Ethernet socket (packet(7)), synchronous: for one program that does nothing else. */
import { readFileSync } from "node:fs";
import koffi from "koffi";

export interface PacketSocket {
  /** Of the interface. */
  readonly mac: Buffer;
  send(frame: Buffer): void;
  /** Waits up to so long for frames of others, and gives all that are there. */
  receive(forMs: number): Buffer[];
}

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const ETH_P_ALL = 0x0003;
const POLLIN = 1;
const longestFrame = 2_048;

export function openPacketSocket(name: string): PacketSocket {
  const libc = koffi.load("libc.so.6");
  const socket = libc.func("int socket(int, int, int)");
  const bind = libc.func("int bind(int, const uint8_t *, uint32_t)");
  const send = libc.func("long send(int, const uint8_t *, unsigned long, int)");
  const recv = libc.func("long recv(int, _Out_ uint8_t *, unsigned long, int)");
  const poll = libc.func("int poll(_Inout_ uint8_t *, unsigned long, int)");

  const fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0) as number;
  if (fd < 0) throw new Error(`Cannot open a packet socket: errno ${koffi.errno()}`);
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(ETH_P_ALL, 2);
  address.writeInt32LE(Number(readFileSync(`/sys/class/net/${name}/ifindex`, "utf8")), 4);
  if (bind(fd, address, address.length) !== 0) throw new Error(`Cannot use ${name}: errno ${koffi.errno()}`);

  const mac = Buffer.from(
    readFileSync(`/sys/class/net/${name}/address`, "utf8").trim().replaceAll(":", ""),
    "hex",
  );
  const buffer = Buffer.alloc(longestFrame);
  const waiting = Buffer.alloc(8);
  return {
    mac,
    send: (frame) => void send(fd, frame, frame.length, 0),
    receive(forMs) {
      waiting.writeInt32LE(fd, 0);
      waiting.writeInt16LE(POLLIN, 4);
      poll(waiting, 1, Math.max(0, Math.ceil(forMs)));
      const frames: Buffer[] = [];
      for (;;) {
        const length = Number(recv(fd, buffer, buffer.length, 0));
        if (length <= 0) return frames;
        // The socket also shows what this host sends.
        if (buffer.compare(mac, 0, 6, 6, 12) !== 0) frames.push(Buffer.from(buffer.subarray(0, length)));
      }
    },
  };
}
