/** Both ends of the sessions that most tests are about: the router, and a node in AS 64500 that has it for a peer. */
import type { BgpInput } from "../../../src/agent/bgp/input.ts";
import { bgpInput, peer } from "../../objects/bgp.ts";

/** A router's lines for a node in AS 64500. */
export function neighbor(address: string, ...more: string[]): string[] {
  return ["remote-as 64500", "timers connect 1", ...more].map((line) => `neighbor ${address} ${line}`);
}

export function toRouter(more: Parameters<typeof peer>[1] = {}) {
  return peer("router", { connectTime: "1s", ...more });
}

export function input(o: Partial<BgpInput> = {}): BgpInput {
  return bgpInput({ peers: [toRouter()], ...o });
}
