/** Sends one frame as it is, given in hexadecimal, on eth0. */
import { readLinks } from "../../../src/agent/linux/links.ts";
import { ETH_P_ARP, openPacketSocket } from "../../../src/agent/linux/packet-socket.ts";
import { loadSystemCalls } from "../../../src/agent/linux/system-calls.ts";

const calls = await loadSystemCalls();
const index = readLinks(calls, []).find(({ name }) => name === "eth0")?.index ?? 0;
/** One instruction: nothing passes. */
const filter = Uint8Array.of(6, 0, 0, 0, 0, 0, 0, 0);
const fd = openPacketSocket(calls, { protocol: ETH_P_ARP, index, filter });
calls.send(fd, Buffer.from(process.argv[2] ?? "", "hex"));
