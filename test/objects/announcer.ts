/** Announcers, which have no spec. */
import { type Announcer, type AnnouncerStatus, announcers } from "../../src/api/announcer.ts";
import { apiVersion } from "../../src/api/names.ts";

export function anAnnouncer(node: string): Announcer {
  return { apiVersion, kind: announcers.kind, metadata: { name: node } };
}

const since = "2026-01-01T00:00:00Z";
const many = (count: number) => Array.from({ length: count }, (_, n) => n);

/** A status with as much in it as there may be. */
export function aFullAnnouncer(): AnnouncerStatus {
  return {
    incarnation: 4503599627370496,
    version: "1.2.3-rc.1+build",
    state: "Leaving",
    heartbeatPort: 7947,
    conditions: [
      { type: "Ready", status: "False", reason: "Leaving", message: "", lastTransitionTime: since },
    ],
    interfaces: many(1024).map((n) => ({
      name: `veth${n}`,
      mac: "02:00:00:00:00:01",
      up: true,
      skipped: "its name begins with veth, as those of containers do",
    })),
    capabilities: [
      { name: "RawSockets", available: true },
      { name: "BindAddresses", available: false, message: "nft is not installed; install nftables" },
    ],
    announcing: 4096,
    addresses: many(4096).map((n) => ({
      address: `2001:db8:${n.toString(16)}::1`,
      protocol: "Layer2",
      state: "Announcing",
      mode: "Respond",
      epoch: 1767225600000 + n,
      interfaces: ["eth0", "eth1"],
      since,
      reason: "TakenOver",
      message: "node2 was silent for 600 ms and does not answer",
      foreignMAC: "02:00:00:00:00:02",
    })),
    bgp: {
      routerID: "192.0.2.1",
      version: "8.4.4",
      sessions: many(64).map((n) => ({
        peer: `router-${n}`,
        address: "2001:db8::1",
        vrf: "red",
        state: "Established",
        since,
        bfd: "Up",
        prefixes: 4096,
        message: "",
      })),
      routes: many(4096).map((n) => ({
        prefix: `2001:db8:${n.toString(16)}::1/128`,
        peers: ["router-1", "router-2"],
      })),
      problems: [{ kind: "BGPPeer", name: "router-1", message: "Secret x does not exist" }],
      error: "bgpd does not run",
    },
  };
}
