/** BGP between real routers; what they have heard is read from them. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { advertisement, community, given, peer, profile } from "../objects/bgp.ts";
import { type BgpLab, startBgpLab } from "./bgp/lab.ts";
import { input, neighbor, toRouter } from "./bgp/peering.ts";
import { describeLab } from "./support/describe-lab.ts";
import { until } from "./support/until.ts";

const ROUTE = "203.0.113.7/32";
const ROUTE6 = "2001:db8:9::7/128";
const NODE1 = "10.88.1.2";

/** A router's lines for two sessions with the node. */
const overBothFamilies = [
  ...neighbor(NODE1),
  ...neighbor("fd88:0:0:1::2"),
  "address-family ipv6 unicast",
  "neighbor fd88:0:0:1::2 activate",
  "exit-address-family",
];

describeLab("BGP", ["vtysh"], () => {
  let lab: BgpLab;
  beforeAll(async () => {
    lab = await startBgpLab();
  });
  afterEach(() => lab.clear());
  afterAll(() => lab?.stop());

  const has = (prefixes: readonly string[]) =>
    until(`the router has ${prefixes.join(", ")}`, async () =>
      expect(await lab.router.prefixes()).toEqual(prefixes),
    );

  test("a route appears with the communities asked for, and goes with its address while the session and other routes stay", async () => {
    await lab.router.begin(64501, neighbor(NODE1));
    const wanted = input({
      given: [given("203.0.113.7"), given("203.0.113.8")],
      communities: [community("names", { backup: "64500:1", far: "large:64500:1:4294967295" })],
      advertisements: [
        advertisement("all", { communities: ["no-export", "backup"] }),
        advertisement("more", { communities: ["far", "64500:2"] }),
      ],
    });
    const speaker = await lab.speak(lab.node1, wanted);
    await has([ROUTE, "203.0.113.8/32"]);
    expect(await lab.router.pathsTo(ROUTE)).toMatchObject([
      {
        asPath: "64500",
        communities: ["64500:1", "64500:2", "noExport"],
        largeCommunities: ["64500:1:4294967295"],
      },
    ]);
    const losses = await lab.losses("203.0.113.7");

    speaker.apply({ ...wanted, given: [given("203.0.113.7")] });
    await has([ROUTE]);
    expect(await lab.losses("203.0.113.7")).toBe(losses);
    expect(await lab.losses("203.0.113.8")).toBeGreaterThan(0);
    expect(await lab.router.session(NODE1)).toMatchObject({ state: "Established", established: 1 });
    expect(speaker.state()?.status).toMatchObject({
      routerID: "10.88.0.11",
      sessions: [{ peer: "router", address: "10.88.1.1", state: "Established" }],
      routes: [{ prefix: ROUTE, peers: ["router"] }],
    });
  });

  test("sessions survive everything that does not concern them, and so do routes", async () => {
    await lab.router.begin(64501, overBothFamilies);
    const speaker = await lab.speak(lab.node1, input());
    await has([ROUTE]);
    const losses = await lab.losses("203.0.113.7");
    const many = Array.from({ length: 300 }, (_, index) => given(`203.0.113.${(index % 250) + 1}`));
    const second = peer("second", { peerAddress: "fd88:0:0:1::1", connectTime: "1s" });
    for (const change of [
      input({ given: many }),
      input({ peers: [toRouter({ holdTime: "30s" }), second], profiles: [profile("fast")] }),
      input({ peers: [toRouter(), second], given: [given("203.0.113.7"), given("2001:db8:9::7")] }),
      input({
        advertisements: [
          advertisement("all"),
          advertisement("none", { peers: ["nobody"], communities: ["1:1"] }),
        ],
      }),
    ]) {
      speaker.apply(change);
      const prefixes = change.given.map(
        ({ address, family }) => `${address}/${family === "IPv4" ? 32 : 128}`,
      );
      await has([...new Set(prefixes)].sort());
    }
    expect(await lab.router.session(NODE1)).toMatchObject({ established: 1 });
    expect(await lab.losses("203.0.113.7")).toBe(losses);
  });

  test("a younger peer that asks for another router ID has no session, and resets none", async () => {
    await lab.router.begin(64501, neighbor(NODE1));
    const speaker = await lab.speak(lab.node1, input());
    await has([ROUTE]);
    const losses = await lab.losses("203.0.113.7");
    const younger = peer("younger", { peerAddress: "10.88.2.99", routerID: "10.99.99.99" }, { born: 100 });
    speaker.apply(
      input({ peers: [toRouter(), younger], given: [given("203.0.113.7"), given("203.0.113.8")] }),
    );
    await has([ROUTE, "203.0.113.8/32"]);
    expect(speaker.state()?.status).toMatchObject({
      routerID: "10.88.0.11",
      sessions: [{ peer: "router", state: "Established" }],
      problems: [{ name: "younger", message: expect.stringMatching(/^spec.routerID: .* BGPPeer router/) }],
    });
    expect(await lab.router.session(NODE1)).toMatchObject({ established: 1 });
    expect(await lab.losses("203.0.113.7")).toBe(losses);
  });

  test("what somebody changes of a session by hand is put back, and others stay", async () => {
    await lab.router.begin(64501, overBothFamilies);
    const second = peer("second", { peerAddress: "fd88:0:0:1::1", connectTime: "1s" });
    const speaker = await lab.speak(lab.node1, input({ peers: [toRouter(), second] }));
    await speaker.established();
    const router = (...lines: string[]) => lab.node1.configure(["router bgp 64500", ...lines]);
    const ipv4 = "address-family ipv4 unicast";
    for (const spoil of [
      () => router("neighbor 10.88.1.1 shutdown"),
      async () => {
        await lab.node1.configure(["ip prefix-list none seq 5 deny any"]);
        await router(ipv4, "neighbor 10.88.1.1 prefix-list none out");
      },
      () => router(ipv4, "no neighbor 10.88.1.1 activate"),
      () =>
        router(
          "neighbor theirs peer-group",
          "neighbor theirs remote-as external",
          "no neighbor 10.88.1.1",
          "neighbor 10.88.1.1 peer-group theirs",
        ),
    ]) {
      await has([ROUTE]);
      await spoil();
      await until("the router has lost the route", async () =>
        expect(await lab.router.prefixes()).toEqual([]),
      );
    }
    await has([ROUTE]);
    await speaker.established();
    expect(await lab.router.session("fd88:0:0:1::2")).toMatchObject({ established: 1 });
    expect(speaker.log()).not.toContain("FRR keeps a line");
    expect(speaker.state()?.status?.problems).toBeUndefined();
    await lab.node1.configure(["no ip prefix-list none"]);
  });

  test("other attributes come without the route having been away", async () => {
    await lab.router.begin(64501, neighbor(NODE1));
    const speaker = await lab.speak(lab.node1, input());
    await has([ROUTE]);
    const losses = await lab.losses("203.0.113.7");
    speaker.apply(input({ advertisements: [advertisement("all", { communities: ["64500:7"] })] }));
    await until("the community comes", async () =>
      expect(await lab.router.pathsTo(ROUTE)).toMatchObject([{ communities: ["64500:7"] }]),
    );
    expect(await lab.losses("203.0.113.7")).toBe(losses);
    expect(await lab.router.session(NODE1)).toMatchObject({ established: 1 });
  });

  test("one route stands for all addresses of an aggregate, in both families over one session", async () => {
    await lab.router.begin(64501, [
      ...neighbor(NODE1),
      "address-family ipv6 unicast",
      `neighbor ${NODE1} activate`,
      "exit-address-family",
    ]);
    const speaker = await lab.speak(
      lab.node1,
      input({
        peers: [toRouter({ dualStackAddressFamily: true })],
        given: [given("203.0.113.7"), given("203.0.113.9"), given("2001:db8:9::7")],
        advertisements: [advertisement("all", { aggregationLength: 28, aggregationLengthV6: 64 })],
      }),
    );
    await has(["2001:db8:9::/64", "203.0.113.0/28"]);
    expect(speaker.state()?.status?.sessions).toMatchObject([{ prefixes: 2 }]);
  });

  test("local preference goes to peers of the same AS only", async () => {
    await lab.router.begin(64500, neighbor(NODE1));
    await lab.far.begin(64501, neighbor(NODE1, "ebgp-multihop"));
    await lab.speak(
      lab.node1,
      input({
        peers: [
          toRouter({ peerASN: 64500 }),
          peer("far", { peerAddress: "10.88.3.2", ebgpMultiHop: true, connectTime: "1s" }),
        ],
        advertisements: [advertisement("all", { localPref: 222 })],
      }),
    );
    await until("the inner router hears it", async () =>
      expect(await lab.router.pathsTo(ROUTE)).toMatchObject([{ asPath: "Local", localPref: 222 }]),
    );
    await until("the outer one, two hops away by the default route, too", async () =>
      expect(await lab.far.pathsTo(ROUTE)).toMatchObject([{ asPath: "64500" }]),
    );
    expect((await lab.far.pathsTo(ROUTE))[0]?.localPref).toBeUndefined();
  });

  test("a peer hears what advertisements for it say, under the AS that it is to see", async () => {
    await lab.router.begin(64501, [
      `neighbor ${NODE1} remote-as 64999`,
      `neighbor ${NODE1} timers connect 1`,
    ]);
    await lab.far.begin(64501, neighbor(NODE1, "ebgp-multihop"));
    await lab.speak(
      lab.node1,
      input({
        given: [given("203.0.113.7"), given("203.0.113.8", { sharer: { labels: { only: "far" } } })],
        peers: [
          toRouter({ localASN: 64999, peerASN: undefined, dynamicASN: "external" } as Parameters<
            typeof peer
          >[1]),
          peer("far", { peerAddress: "10.88.3.2", ebgpMultiHop: true, connectTime: "1s" }),
        ],
        advertisements: [
          advertisement("router", { peers: ["router"] }),
          advertisement("far", { peers: ["far"], serviceSelectors: [{ matchLabels: { only: "far" } }] }),
        ],
      }),
    );
    await has([ROUTE, "203.0.113.8/32"]);
    await until("the other has its own", async () =>
      expect(await lab.far.prefixes()).toEqual(["203.0.113.8/32"]),
    );
    expect(await lab.router.pathsTo(ROUTE)).toMatchObject([{ asPath: "64999" }]);
  });

  test("a session by interface needs no address, and carries both families", async () => {
    await lab.router.begin(64501, [
      "neighbor cable1 interface remote-as external",
      "neighbor cable1 timers connect 1",
      "address-family ipv6 unicast",
      "neighbor cable1 activate",
      "exit-address-family",
    ]);
    const speaker = await lab.speak(
      lab.node1,
      input({
        given: [given("203.0.113.7"), given("2001:db8:9::7")],
        peers: [peer("cable", { interface: "cable1", dynamicASN: "external", connectTime: "1s" })],
      }),
    );
    await has([ROUTE6, ROUTE]);
    expect(speaker.state()?.status?.sessions).toMatchObject([
      { peer: "cable", interface: "cable1", prefixes: 2 },
    ]);
  });

  test("IPv6 peers hear IPv6 routes, and of IPv4 ones only where asked for", async () => {
    const address = "fd88:0:0:1::2";
    await lab.router.begin(64501, [
      ...neighbor(address),
      "address-family ipv6 unicast",
      `neighbor ${address} activate`,
      "exit-address-family",
    ]);
    const wanted = (dualStackAddressFamily: boolean) =>
      input({
        given: [given("203.0.113.7"), given("2001:db8:9::7")],
        peers: [toRouter({ peerAddress: "fd88:0:0:1::1", dualStackAddressFamily })],
      });
    const speaker = await lab.speak(lab.node1, wanted(false));
    await has([ROUTE6]);
    speaker.apply(wanted(true));
    await has([ROUTE6, ROUTE]);
  });

  test("a session needs the right password, which is nowhere to be read but in the file of FRR", async () => {
    await lab.router.begin(64501, neighbor(NODE1, "password s3cret!"));
    const wanted = (text: string) =>
      input({
        peers: [toRouter({ passwordSecret: { name: "router" } })],
        passwords: new Map([["router", { ok: true, text }]]),
      });
    const speaker = await lab.speak(lab.node1, wanted("wr0ng"));
    await until("it is told why", () =>
      expect(speaker.state()?.status?.sessions[0]?.message).toMatch(/same AS numbers and password/),
    );
    expect(await lab.router.prefixes()).toEqual([]);
    speaker.apply(wanted("s3cret!"));
    await has([ROUTE]);
    const file = join(lab.node1.directory, "frr.conf");
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect((await stat(file)).gid).toBe((await stat("/etc/frr")).gid);
    expect(await readFile(file, "utf8")).toContain("password s3cret!");
    expect(speaker.log() + JSON.stringify(speaker.state())).not.toMatch(/s3cret|wr0ng/);
  });
});
