/** What this process may do on its node: capabilities(7). */
import { readFileSync } from "node:fs";
import { AF_PACKET, SOCK_RAW, SystemCallError, type SystemCalls } from "../linux/system-calls.ts";
import type { CapabilityReport } from "./messages.ts";

const CAP_NET_ADMIN = 12n;
const how =
  "securityContext.capabilities.add of its container, or AmbientCapabilities of its systemd service";

export function findCapabilities(calls: SystemCalls): CapabilityReport[] {
  return [rawSockets(calls), bindAddresses(readFileSync("/proc/self/status", "utf8"))];
}

function rawSockets(calls: SystemCalls): CapabilityReport {
  const name = "RawSockets";
  try {
    calls.close(calls.socket(AF_PACKET, SOCK_RAW, 0));
    return { name, available: true };
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    const message = `${error.message}: no address is answered for; give the agent the capability NET_RAW: ${how}`;
    return { name, available: false, message };
  }
}

function bindAddresses(status: string): CapabilityReport {
  const name = "BindAddresses";
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  if ((effective >> CAP_NET_ADMIN) % 2n === 1n) return { name, available: true };
  const message = `addresses of pools with layer2Mode Bind are not announced; give the agent the capability NET_ADMIN: ${how}`;
  return { name, available: false, message };
}
