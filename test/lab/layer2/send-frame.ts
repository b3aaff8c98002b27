/** Sends a frame as it is, given in hexadecimal, on eth0: once, or as often as is said after it. */
import { readLinks } from "../../../src/agent/linux/links.ts";
import { ETH_P_ARP, openPacketSocket } from "../../../src/agent/linux/packet-socket.ts";
import { loadSystemCalls } from "../../../src/agent/linux/system-calls.ts";

const calls = await loadSystemCalls();
const index = readLinks(calls, []).find(({ name }) => name === "eth0")?.index ?? 0;
/** One instruction: nothing passes. */
const filter = Uint8Array.of(6, 0, 0, 0, 0, 0, 0, 0);
const fd = openPacketSocket(calls, { protocol: ETH_P_ARP, index, filter });
const frame = Buffer.from(process.argv[2] ?? "", "hex");
for (let left = Number(process.argv[3] ?? 1); left > 0; ) if (calls.send(fd, frame)) left -= 1;
