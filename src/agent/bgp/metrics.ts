/** `fairlead_agent_bgp_*`: the sessions of a node. Asked at each scrape. */
import { Gauge, type Registry } from "prom-client";
import type { AnnouncerBgp, AnnouncerSession } from "../../api/announcer.ts";

/** @param bgp as the `Announcer` shows it; undefined: no BGPPeer selects the node */
export function bgpMetrics(registry: Registry, bgp: () => AnnouncerBgp | undefined): void {
  const gauge = (name: string, help: string, value: (session: AnnouncerSession) => number | undefined) =>
    new Gauge({
      name: `fairlead_agent_bgp_${name}`,
      help,
      labelNames: ["peer", "vrf"],
      registers: [registry],
      collect() {
        this.reset();
        for (const session of bgp()?.sessions ?? []) {
          const found = value(session);
          if (found !== undefined) this.set({ peer: session.peer, vrf: session.vrf ?? "" }, found);
        }
      },
    });
  gauge("session_up", "1 while the session is established", ({ state }) => (state === "Established" ? 1 : 0));
  gauge("bfd_up", "1 while BFD says that the peer is there; only of sessions with BFD", ({ bfd }) =>
    bfd === undefined ? undefined : bfd === "Up" ? 1 : 0,
  );
  gauge("announced_routes", "Routes announced over the session", ({ prefixes }) => prefixes);
  gauge(
    "session_since_seconds",
    "When it was established, or ceased to be, in seconds since 1970",
    ({ since }) => (since === undefined ? undefined : Date.parse(since) / 1000),
  );
  new Gauge({
    name: "fairlead_agent_bgp_problems",
    help: "Objects that can't be served by BGP on this node, and 1 more if FRR is not as it should be",
    registers: [registry],
    collect() {
      const { problems = [], error } = bgp() ?? {};
      this.set(problems.length + (error === undefined ? 0 : 1));
    },
  });
}
