/** What agents say of an address, and which advertisements are for it. */
import { describe, expect, test } from "@jest/globals";
import type { Announcer, AnnouncerStatus } from "../../../../src/api/announcer.ts";
import { advertisedBy, advertisingInForce } from "../../../../src/controllers/announcements/advertised-by.ts";
import {
  AGGREGATES,
  addressesIn,
  saysOtherwise,
  seenOf,
} from "../../../../src/controllers/announcements/seen.ts";
import { edgePool } from "../../core/objects.ts";

type Claim = NonNullable<AnnouncerStatus["addresses"]>[number];

const claim = (address: string, state: Claim["state"], foreignMAC?: string): Claim => ({
  address,
  protocol: "Layer2",
  state,
  mode: "Respond",
  epoch: 1,
  interfaces: ["eth0"],
  since: "2026-01-01T00:00:00Z",
  reason: "Placed",
  message: "",
  foreignMAC,
});

const agent = (name: string, addresses: Claim[], prefixes: string[] = [], state = "Established"): Announcer =>
  ({
    metadata: { name },
    status: {
      incarnation: 1,
      version: "1",
      state: "Ready",
      addresses,
      bgp: {
        sessions: [{ peer: "tor", state, prefixes: 0 }],
        routes: prefixes.map((prefix) => ({ prefix, peers: ["tor"] })),
      },
    },
  }) as Announcer;

describe("an address is seen", () => {
  test.each([
    ["2001:db8::7", "2001:db8::7/128", true],
    ["2001:db8::7", "2001:db8::/64", true],
    ["2001:db8::7", "2001:db8:0:1::/64", false],
    ["192.0.2.7", "192.0.2.7/32", true],
    ["192.0.2.7", "192.0.2.6/31", true],
    ["192.0.2.7", "192.0.2.8/32", false],
  ])("%s with the route %s: %s", (address, prefix, routed) => {
    expect(seenOf(address, [agent("a", [], [prefix])]).routing).toEqual(routed ? ["a"] : []);
    expect(seenOf(address, [agent("a", [], [prefix], "Active")]).routing).toEqual([]);
  });

  test("with who answers for it, asks for it, and finds another there", () => {
    const answered = { reason: "AnsweredByNode", message: "node f answers for it" };
    const seen = seenOf("192.0.2.7", [
      agent("e", [{ ...claim("192.0.2.7", "Conflict"), ...answered }]),
      agent("d", [claim("192.0.2.7", "Conflict", "52:54:00:00:00:09")]),
      agent("c", [claim("192.0.2.7", "Probing")]),
      agent("b", [claim("192.0.2.7", "Offering"), claim("192.0.2.8", "Announcing")]),
      agent("a", [claim("192.0.2.7", "Announcing")]),
    ]);
    expect(seen).toEqual({
      announcing: ["a", "b"],
      probing: ["c"],
      routing: [],
      foreign: [{ node: "d", mac: "52:54:00:00:00:09", interfaces: ["eth0"] }],
      unclaimed: [{ node: "e", message: "node f answers for it" }],
    });
  });

  test("anew only where something else is said of it", () => {
    const before = agent(
      "a",
      [claim("192.0.2.7", "Announcing"), claim("192.0.2.8", "Probing")],
      ["192.0.2.9/32"],
    );
    const after = agent(
      "a",
      [claim("192.0.2.7", "Announcing"), claim("192.0.2.8", "Announcing")],
      ["192.0.2.9/32"],
    );
    expect([...saysOtherwise(before, after)]).toEqual(["192.0.2.8"]);
    expect([
      ...saysOtherwise(before, agent("a", before.status?.addresses ?? [], ["192.0.2.9/32"], "Idle")),
    ]).toEqual(["192.0.2.9"]);
    expect(addressesIn(agent("a", [], ["192.0.2.0/24", "192.0.2.9/32"]))).toEqual([AGGREGATES, "192.0.2.9"]);
    expect([...saysOtherwise(undefined, agent("a", [], ["192.0.2.0/24"]))]).toEqual([AGGREGATES]);
  });
});

describe("an address that Services share is advertised", () => {
  const conditions = [
    { type: "Accepted", status: "True" as const, reason: "Accepted", message: "", lastTransitionTime: "" },
  ];
  const gold = { serviceSelectors: [{ matchLabels: { tier: "gold" } }] };
  const pools = [edgePool];
  const layer2 = { metadata: { name: "gold" }, spec: gold, status: { conditions } };
  const bgp = {
    metadata: { name: "gold" },
    spec: { ...gold, aggregationLength: 32, aggregationLengthV6: 128 },
    status: { conditions, acceptedSpec: { ...gold } },
  };
  const how = (sharers: readonly object[], objects: { l2?: boolean; bgp?: boolean }) =>
    advertisedBy(
      "edge",
      sharers as Record<string, string>[],
      advertisingInForce({
        pools,
        l2Advertisements: objects.l2 === true ? [layer2] : [],
        bgpAdvertisements: objects.bgp === true ? [bgp] : [],
      }),
    ).how;
  const [picked, left] = [{ tier: "gold" }, { tier: "tin" }];

  test("on layer 2 if all are picked, by BGP if one is", () => {
    expect(how([picked, picked], { l2: true })).toBe("advertised");
    expect(how([picked, left], { l2: true })).toBe("not-for-all");
    expect(how([left], { l2: true })).toBe("not-for-service");
    expect(how([picked, left], { bgp: true })).toBe("advertised");
    expect(how([left], {})).toBe("advertised");
  });
});
