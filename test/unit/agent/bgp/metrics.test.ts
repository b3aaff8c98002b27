/** What is to be seen of BGP at /metrics. */
import { expect, test } from "@jest/globals";
import { Registry } from "prom-client";
import { bgpMetrics } from "../../../../src/agent/bgp/metrics.ts";
import type { AnnouncerBgp } from "../../../../src/api/announcer.ts";

test("sessions that are gone are gone from the metrics, and those without BFD have none", async () => {
  const registry = new Registry();
  let bgp: AnnouncerBgp | undefined = {
    sessions: [
      {
        peer: "a",
        address: "192.0.2.1",
        state: "Established",
        since: "2026-01-01T00:00:00Z",
        bfd: "Up",
        prefixes: 3,
      },
      { peer: "b", interface: "eth0", vrf: "red", state: "Active", prefixes: 0 },
    ],
    routes: [],
    problems: [{ kind: "BGPPeer", name: "c", message: "x" }],
    error: "FRR is away",
  };
  bgpMetrics(registry, () => bgp);
  const shown = async () =>
    (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  expect(await shown()).toEqual([
    'fairlead_agent_bgp_session_up{peer="a",vrf=""} 1',
    'fairlead_agent_bgp_session_up{peer="b",vrf="red"} 0',
    'fairlead_agent_bgp_bfd_up{peer="a",vrf=""} 1',
    'fairlead_agent_bgp_announced_routes{peer="a",vrf=""} 3',
    'fairlead_agent_bgp_announced_routes{peer="b",vrf="red"} 0',
    'fairlead_agent_bgp_session_since_seconds{peer="a",vrf=""} 1767225600',
    "fairlead_agent_bgp_problems 2",
  ]);
  bgp = undefined;
  expect(await shown()).toEqual(["fairlead_agent_bgp_problems 0"]);
});
