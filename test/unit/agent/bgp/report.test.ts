/** What the Announcer is told of BGP. */
import { expect, test } from "@jest/globals";
import { planBgp } from "../../../../src/agent/bgp/plan.ts";
import { bgpStatus, lookAt } from "../../../../src/agent/bgp/report.ts";
import { bgpInput, given, peer, pool } from "../../../objects/bgp.ts";

test("a session that is not there is told with why", () => {
  const plan = planBgp(bgpInput());
  const messages = (why?: string) =>
    [...lookAt(plan, new Map(), new Map(), 0, why).values()].map(({ session }) => session.message);
  expect(messages()).toEqual(["FRR does not have this session yet"]);
  expect(messages("FRR's bgpd does not answer")).toEqual(["FRR's bgpd does not answer"]);
});

test("many routes to many peers stay within what the API server stores, and few are told whole", () => {
  const peers = Array.from({ length: 40 }, (_, at) =>
    peer(`router-with-quite-a-long-name-${at}`, { peerAddress: `10.88.1.${at + 1}` }),
  );
  const observed = new Map(
    peers.map(({ spec }) => [
      `default ${spec.peerAddress}`,
      {
        state: "Established" as const,
        establishedAt: 0,
        established: 1,
        bfd: undefined,
        prefixes: 1,
        reset: undefined,
      },
    ]),
  );
  const statusOf = (count: number) => {
    const addresses = Array.from({ length: count }, (_, at) => given(`10.1.${at >> 8}.${at & 255}`));
    const plan = planBgp(bgpInput({ peers, given: addresses, pools: [pool("edge", ["10.1.0.0/16"])] }));
    const look = lookAt(plan, observed, new Map(), 0);
    return bgpStatus(plan, look, { version: undefined, error: undefined, problems: [] });
  };
  expect(statusOf(100)?.routes).toHaveLength(100);
  const large = statusOf(5000);
  expect(JSON.stringify(large).length).toBeLessThan(400_000);
  expect(large?.routes.length).toBeGreaterThan(100);
});
