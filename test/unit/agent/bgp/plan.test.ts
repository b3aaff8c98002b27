/** What a node does by BGP, by object. */
import { describe, expect, test } from "@jest/globals";
import type { BgpInput } from "../../../../src/agent/bgp/input.ts";
import { planBgp } from "../../../../src/agent/bgp/plan.ts";
import {
  advertisement,
  aNode,
  bgpInput,
  community,
  given,
  peer,
  pool,
  profile,
} from "../../../objects/bgp.ts";

/** Prefixes by peer. */
const sent = (o: Partial<BgpInput> = {}) =>
  Object.fromEntries(
    planBgp(bgpInput(o)).instances.flatMap(({ sessions }) =>
      sessions.map((each) => [each.peer, each.exports.flatMap(({ prefixes }) => prefixes).sort()]),
    ),
  );
const attributes = (o: Partial<BgpInput>) =>
  planBgp(bgpInput(o)).instances.flatMap(({ sessions }) =>
    sessions.flatMap((session) =>
      session.exports.map(({ prefixes, localPref, communities, largeCommunities }) => ({
        peer: session.peer,
        prefixes,
        localPref,
        communities,
        largeCommunities,
      })),
    ),
  );
const problems = (o: Partial<BgpInput>) =>
  planBgp(bgpInput(o)).problems.map(({ kind, name, message }) => `${kind} ${name}: ${message}`);
const sessions = (o: Partial<BgpInput>) =>
  planBgp(bgpInput(o)).instances.flatMap(({ sessions: all }) => all.map((each) => each.peer));

const other = { peerAddress: "10.88.2.1" };
const gold = { matchLabels: { tier: "gold" } };

test("the VRF called default is the default one", () => {
  const [one, ...more] = planBgp(
    bgpInput({ peers: [peer("a", { vrf: "default" }), peer("b", other)] }),
  ).instances;
  expect(more).toEqual([]);
  expect(one).toMatchObject({ vrf: undefined, sessions: [{ peer: "a", vrf: undefined }, { peer: "b" }] });
});

describe("routes", () => {
  const rows: [string, Partial<BgpInput>, readonly string[]][] = [
    ["an address is announced as a route of its own", {}, ["203.0.113.7/32"]],
    [
      "a node that may not announce keeps its sessions and announces nothing",
      { node: { ...aNode, unfit: "it is excluded" } },
      [],
    ],
    [
      "without endpoints anywhere nothing is announced",
      { given: [given("203.0.113.7", { sharer: { usable: "nowhere" } })] },
      [],
    ],
    [
      "with policy Local a node without endpoints announces nothing",
      { given: [given("203.0.113.7", { sharer: { policy: "Local" } })] },
      [],
    ],
    [
      "with policy Local a node with endpoints announces",
      { given: [given("203.0.113.7", { sharer: { policy: "Local", usable: "here" } })] },
      ["203.0.113.7/32"],
    ],
    ["without an advertisement nothing is announced", { advertisements: [] }, []],
    [
      "an advertisement for other nodes does not count",
      { advertisements: [advertisement("a", { nodeSelectors: [{ matchLabels: { rack: "b" } }] })] },
      [],
    ],
    [
      "an advertisement of another pool does not count",
      { advertisements: [advertisement("a", { ipAddressPools: ["other"] })] },
      [],
    ],
    [
      "an advertisement that was never accepted does not count",
      { advertisements: [{ ...advertisement("a"), status: {} }] },
      [],
    ],
    [
      "a pool that is gone is still known by its name",
      { pools: [], advertisements: [advertisement("a", { ipAddressPools: ["edge"] })] },
      ["203.0.113.7/32"],
    ],
    [
      "an advertisement for Services counts for those only",
      {
        given: [given("203.0.113.7"), given("203.0.113.8", { sharer: { labels: { tier: "gold" } } })],
        advertisements: [advertisement("a", { serviceSelectors: [gold] })],
      },
      ["203.0.113.8/32"],
    ],
    ["IPv6 routes are kept from peers with an IPv4 address", { given: [given("2001:db8:9::7")] }, []],
    [
      "IPv6 routes go to IPv4 peers that carry both",
      { given: [given("2001:db8:9::7")], peers: [peer("router", { dualStackAddressFamily: true })] },
      ["2001:db8:9::7/128"],
    ],
    [
      "addresses of one block become one route",
      {
        given: [given("203.0.113.7"), given("203.0.113.9")],
        advertisements: [advertisement("a", { aggregationLength: 24 })],
      },
      ["203.0.113.0/24"],
    ],
  ];
  test.each(rows)("%s", (_name, o, expected) => expect(sent(o)).toEqual({ router: expected }));

  test("an address that is shared stays until the last one who can be served is gone", () => {
    const sharers = (...usable: ("here" | "nowhere")[]) =>
      usable.flatMap((each) => given("203.0.113.7", { sharer: { usable: each } }).sharers);
    const with_ = (...usable: ("here" | "nowhere")[]) =>
      sent({ given: [given("203.0.113.7", { sharers: sharers(...usable) })] });
    expect(with_("here", "nowhere")).toEqual({ router: ["203.0.113.7/32"] });
    expect(with_("nowhere", "nowhere")).toEqual({ router: [] });
  });

  test("no route stands for addresses that are not of the pool", () => {
    const o = {
      pools: [pool("edge", ["203.0.113.0-203.0.113.100"])],
      given: [given("203.0.113.7"), given("203.0.113.99")],
      advertisements: [advertisement("wide", { aggregationLength: 27 })],
    };
    expect(sent(o)).toEqual({ router: ["203.0.113.0/27"] });
    expect(problems(o)).toEqual([
      expect.stringMatching(
        /^BGPAdvertisement wide: .*route for 203.0.113.99 is 203.0.113.96\/27.*raise the length/,
      ),
    ]);
  });

  test("ranges of a pool that touch make one block", () => {
    expect(
      sent({
        pools: [pool("edge", ["203.0.113.128/25", "203.0.113.0-203.0.113.127"])],
        advertisements: [advertisement("a", { aggregationLength: 24 })],
      }),
    ).toEqual({ router: ["203.0.113.0/24"] });
  });

  test("peers hear what advertisements are for them", () => {
    expect(
      sent({
        peers: [peer("router", {}), peer("other", other)],
        given: [given("203.0.113.7"), given("198.51.100.1", { pool: "second" })],
        pools: [pool("edge", ["203.0.113.0/24"]), pool("second", ["198.51.100.0/24"])],
        advertisements: [
          advertisement("all", { ipAddressPools: ["edge"] }),
          advertisement("some", { ipAddressPools: ["second"], peers: ["other"] }),
        ],
      }),
    ).toEqual({ router: ["203.0.113.7/32"], other: ["198.51.100.1/32", "203.0.113.7/32"] });
  });
});

describe("attributes", () => {
  test("of advertisements that meet in a route are united, in the order of numbers", () => {
    expect(
      attributes({
        communities: [community("names", { backup: "64500:20" })],
        advertisements: [
          advertisement("a", { communities: ["64500:100", "backup", "large:1:2:3"] }),
          advertisement("b", { communities: ["no-export", "64500:100"], localPref: 200 }),
        ],
      }),
    ).toEqual([
      {
        peer: "router",
        prefixes: ["203.0.113.7/32"],
        localPref: 200,
        communities: ["64500:20", "64500:100", "65535:65281"],
        largeCommunities: ["1:2:3"],
      },
    ]);
  });

  test("the older of two local preferences holds, and only the younger advertisement is blamed", () => {
    const o = {
      advertisements: [
        advertisement("a", { localPref: 100 }, { born: 9 }),
        advertisement("b", { localPref: 200 }, { born: 1 }),
      ],
    };
    expect(attributes(o)).toMatchObject([{ localPref: 200 }]);
    expect(problems(o)).toEqual([
      expect.stringMatching(/^BGPAdvertisement a: Asks for the local preference 100, but BGPAdvertisement b/),
    ]);
  });

  test("a name that nobody gives a value is left out, and said", () => {
    const o = { advertisements: [advertisement("a", { communities: ["64500:1", "unknown"] })] };
    expect(attributes(o)).toMatchObject([{ communities: ["64500:1"] }]);
    expect(problems(o)).toEqual([expect.stringContaining('No Community gives "unknown" a value')]);
  });

  test("of two values for one name the older object's holds", () => {
    const o = {
      communities: [
        community("new", { backup: "1:2" }, { born: 2 }),
        community("old", { backup: "1:1" }, { born: 1 }),
      ],
      advertisements: [advertisement("a", { communities: ["backup"] })],
    };
    expect(attributes(o)).toMatchObject([{ communities: ["1:1"] }]);
    expect(problems(o)).toEqual([
      expect.stringMatching(/^Community new: Gives "backup" the value 1:2, but Community old says 1:1/),
    ]);
  });
});

describe("sessions", () => {
  test("are with the peers that select the node", () => {
    const rack = (name: string) => ({ nodeSelectors: [{ matchLabels: { rack: name } }] });
    expect(sessions({ peers: [peer("a", rack("a")), peer("b", { ...other, ...rack("b") })] })).toEqual(["a"]);
  });

  test("of two peers for one address the older one holds", () => {
    const o = { peers: [peer("a", {}, { born: 2 }), peer("b", {}, { born: 1 })] };
    expect(sessions(o)).toEqual(["b"]);
    expect(problems(o)).toEqual([
      "BGPPeer a: BGPPeer b, which is older, is already for 10.88.1.1; there is no session with it on this node",
    ]);
  });

  test("one address may be a peer in two VRFs", () => {
    expect(sessions({ peers: [peer("a", {}), peer("b", { vrf: "red" })] })).toEqual(["a", "b"]);
  });

  test("a node is in one AS, that of the oldest peer", () => {
    const o = { peers: [peer("a", {}, { born: 1 }), peer("b", { ...other, myASN: 64999 }, { born: 2 })] };
    expect(sessions(o)).toEqual(["a"]);
    expect(problems(o)).toEqual([
      expect.stringMatching(/^BGPPeer b: This node is in AS 64500 .* use localASN/),
    ]);
  });

  const locked = (name: string) => peer("router", { passwordSecret: { name } });
  const passwords: [string, string | undefined, RegExp][] = [
    ["a Secret that does not exist", undefined, /Secret lost does not exist/],
    [
      "a password with a line break",
      "a\nneighbor 10.0.0.1 remote-as 1",
      /printable ASCII characters without spaces/,
    ],
    ["a password with a space", "a b", /printable ASCII/],
    ["a password as echo writes it", "abc\n", /printable ASCII .*ends with a line break/],
    ["an empty password", "", /1 to 80/],
    ["a password that the kernel does not take", "x".repeat(81), /1 to 80/],
  ];
  test.each(passwords)("%s means no session, never one without a password", (_name, text, said) => {
    const o = {
      peers: [locked("lost"), peer("other", other)],
      passwords: new Map(text === undefined ? [] : [["lost", { ok: true, text } as const]]),
    };
    expect(sessions(o)).toEqual(["other"]);
    expect(problems(o)).toEqual([expect.stringMatching(said)]);
  });

  test("a BFD profile that does not exist costs BFD, not the session", () => {
    const o = { peers: [peer("router", { bfdProfile: "fast" })] };
    expect(sessions(o)).toEqual(["router"]);
    expect(problems(o)).toEqual([expect.stringContaining("BFDProfile fast does not exist")]);
    expect(problems({ ...o, profiles: [profile("fast")] })).toEqual([]);
  });

  test("names that would be more than a word of a configuration are refused", () => {
    const spoilt = peer("router", { interface: "eth0", peerASN: 1 });
    const spec = { ...spoilt.spec, interface: "e\nroot" };
    expect(sessions({ peers: [{ ...spoilt, spec, status: { acceptedSpec: spec } }] })).toEqual([]);
  });

  const times: [Record<string, string>, { keepalive: number; hold: number } | undefined][] = [
    [{}, undefined],
    [{ holdTime: "90s" }, { hold: 90, keepalive: 30 }],
    [{ keepaliveTime: "10s" }, { hold: 30, keepalive: 10 }],
    [
      { holdTime: "9s", keepaliveTime: "9s" },
      { hold: 9, keepalive: 3 },
    ],
    [
      { holdTime: "1m", keepaliveTime: "5s" },
      { hold: 60, keepalive: 5 },
    ],
    [{ holdTime: "0s" }, { hold: 0, keepalive: 0 }],
    [{ keepaliveTime: "21845s" }, { hold: 65535, keepalive: 21845 }],
  ];
  test.each(times)("timers %j become %j", (spec, silence) => {
    const [instance] = planBgp(bgpInput({ peers: [peer("router", spec)] })).instances;
    expect(instance?.sessions[0]?.timers.silence).toEqual(silence);
  });
});

describe("the router ID", () => {
  const idOf = (o: Partial<BgpInput>) => planBgp(bgpInput(o)).instances[0]?.routerID;
  test("is the first internal IPv4 address, unless a peer asks for another", () => {
    expect(idOf({ node: { ...aNode, internalIPs: ["fd88::1", "10.0.0.5", "10.0.0.6"] } })).toBe("10.0.0.5");
    expect(idOf({ peers: [peer("router", { routerID: "192.0.2.9" })] })).toBe("192.0.2.9");
  });
  test("is what the oldest peer says, also by saying nothing; a younger one that asks for another is left out", () => {
    const two = (older: string | undefined, younger: string | undefined) => ({
      peers: [
        peer("z", older === undefined ? {} : { routerID: older }, { born: 1 }),
        peer("a", { ...other, ...(younger === undefined ? {} : { routerID: younger }) }, { born: 2 }),
      ],
    });
    expect([idOf(two(undefined, "9.9.9.9")), sessions(two(undefined, "9.9.9.9"))]).toEqual([
      "10.88.0.11",
      ["z"],
    ]);
    expect(problems(two(undefined, "9.9.9.9"))).toEqual([
      "BGPPeer a: spec.routerID: this node has the router ID 10.88.0.11, the usual one, by BGPPeer z, which is older, and can't have 9.9.9.9 too: leave it out, or give both the same; there is no session with it on this node",
    ]);
    expect([idOf(two("1.1.1.1", "9.9.9.9")), sessions(two("1.1.1.1", "9.9.9.9"))]).toEqual([
      "1.1.1.1",
      ["z"],
    ]);
    expect([idOf(two("1.1.1.1", undefined)), sessions(two("1.1.1.1", undefined))]).toEqual([
      "1.1.1.1",
      ["a", "z"],
    ]);
    const inVrfs = { peers: [peer("z", {}, { born: 1 }), peer("a", { routerID: "9.9.9.9", vrf: "red" })] };
    expect(planBgp(bgpInput(inVrfs)).instances.map(({ routerID }) => routerID)).toEqual([
      "10.88.0.11",
      "9.9.9.9",
    ]);
  });
  test("of a node without IPv4 is its own, and stays the same", () => {
    const only6 = (name: string) => idOf({ node: { ...aNode, name, internalIPs: ["fd88::1"] } });
    expect(only6("a")).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(only6("a")).toBe(only6("a"));
    expect(only6("a")).not.toBe(only6("b"));
  });
});

test("the order of objects does not matter", () => {
  const o = bgpInput({
    peers: [peer("a", {}, { born: 1 }), peer("b", other, { born: 1 }), peer("c", {}, { born: 1 })],
    given: [given("203.0.113.7"), given("203.0.113.8"), given("203.0.113.9")],
    advertisements: [
      advertisement("x", { localPref: 1, communities: ["1:1"] }),
      advertisement("y", { localPref: 2, communities: ["2:2"] }),
    ],
  });
  const turned: BgpInput = {
    ...o,
    peers: o.peers.toReversed(),
    given: o.given.toReversed(),
    advertisements: o.advertisements.toReversed(),
  };
  expect(planBgp(turned)).toEqual(planBgp(o));
});
