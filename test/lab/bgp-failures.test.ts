/** BGP when something ends: a node's daemons, the agent, FRR; and several nodes for one address. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { advertisement, bgpInput, given, peer, profile } from "../objects/bgp.ts";
import { startBird } from "./bgp/bird.ts";
import { type BgpLab, startBgpLab } from "./bgp/lab.ts";
import { input, neighbor, toRouter } from "./bgp/peering.ts";
import { startSpeaker } from "./bgp/speaker.ts";
import { describeLab } from "./support/describe-lab.ts";
import { system } from "./support/ip.ts";
import { labProgram } from "./support/processes.ts";
import { until } from "./support/until.ts";

const ADDRESS = "203.0.113.7";
const ROUTE = `${ADDRESS}/32`;
const NODE1 = "10.88.1.2";
const NODE2 = "10.88.2.2";

const program = (name: string, ...args: string[]) => [
  "--disable-warning=ExperimentalWarning",
  fileURLToPath(new URL(`./bgp/${name}.ts`, import.meta.url)),
  ...args,
];

describeLab("BGP, when something ends", ["vtysh", "bird", "birdc", "setpriv"], () => {
  let lab: BgpLab;
  beforeAll(async () => {
    lab = await startBgpLab();
  });
  afterEach(() => lab.clear());
  afterAll(() => lab?.stop());

  const has = (prefixes: readonly string[]) =>
    until(
      `the router has ${prefixes.join(", ")}`,
      async () => expect(await lab.router.prefixes()).toEqual(prefixes),
      { limitMs: 20_000 },
    );

  test("BFD takes the routes of a node away that is silent, long before the session would end", async () => {
    await lab.router.begin(64501, neighbor(NODE1, "bfd", "timers 60 180"));
    const speaker = await lab.speak(
      lab.node1,
      input({
        peers: [toRouter({ bfdProfile: "fast" })],
        profiles: [profile("fast", { receiveInterval: 200, transmitInterval: 200 })],
      }),
    );
    await has([ROUTE]);
    await until("BFD is up", () =>
      expect(speaker.state()?.status?.sessions).toMatchObject([{ state: "Established", bfd: "Up" }]),
    );
    const { bgpd, bfdd } = lab.node1.processes;
    for (const each of [bgpd, bfdd]) each.signal("SIGSTOP");
    try {
      await has([]);
      expect((await lab.router.session(NODE1)).lastReset).toMatch(/BFD/i);
    } finally {
      for (const each of [bfdd, bgpd]) each.signal("SIGCONT");
    }
    await has([ROUTE]);
    await until("the loss is told of", () =>
      expect(speaker.happened.map(({ what }) => what)).toContain("lost"),
    );
  });

  test("an agent that is killed leaves its routes; the next one takes over without the router noticing, and knows what has changed meanwhile", async () => {
    await lab.router.begin(64501, neighbor(NODE1));
    const first = await lab.network.start(
      "node1",
      "agent-1",
      process.execPath,
      program("agent-program", lab.node1.directory, ADDRESS, "203.0.113.8"),
    );
    await has([ROUTE, "203.0.113.8/32"]);
    const losses = await lab.losses(ADDRESS);
    first.signal("SIGKILL");
    await first.exited;
    await has([ROUTE, "203.0.113.8/32"]);
    const second = await lab.network.start(
      "node1",
      "agent-2",
      process.execPath,
      program("agent-program", lab.node1.directory, ADDRESS, "203.0.113.9"),
    );
    await has([ROUTE, "203.0.113.9/32"]);
    expect(await lab.losses(ADDRESS)).toBe(losses);
    expect(await lab.router.session(NODE1)).toMatchObject({ state: "Established", established: 1 });
    second.signal("SIGKILL");
    await second.exited;
  });

  test("a client reaches an address through both nodes that announce it, and through one alone when the other withdraws", async () => {
    await lab.router.begin(64501, [
      ...neighbor(NODE1),
      ...neighbor(NODE2),
      "bgp bestpath as-path multipath-relax",
    ]);
    for (const host of ["node1", "node2"]) {
      await lab.network.ip(host, [`addr add ${ADDRESS}/32 dev lo`]);
      const [command = "", ...args] = labProgram("http-server", [host, "8080"]);
      await lab.network.start(host, `${host}-page`, command, args);
    }
    await lab.speak(lab.node1, input());
    const second = await lab.speak(
      lab.node2,
      input({
        peers: [peer("router", { peerAddress: "10.88.2.1", connectTime: "1s" })],
        node: { ...bgpInput().node, name: "node-2", internalIPs: [NODE2] },
      }),
    );
    await until("both ways are in the router", async () => {
      const routes = await lab.network.run("router", "ip", "route", "show", ADDRESS);
      expect(routes).toContain(NODE1);
      expect(routes).toContain(NODE2);
    });
    const answering = () =>
      lab.network.run("client", process.execPath, ...program("fetch-often", `http://${ADDRESS}:8080/`, "40"));
    expect(await answering()).toBe("node1 node2");
    second.apply(
      input({
        given: [],
        peers: [peer("router", { peerAddress: "10.88.2.1", connectTime: "1s" })],
        node: { ...bgpInput().node, name: "node-2", internalIPs: [NODE2] },
      }),
    );
    await until("one way is left", async () =>
      expect(await lab.network.run("router", "ip", "route", "show", ADDRESS)).not.toContain(NODE2),
    );
    expect(await answering()).toBe("node1");
  });

  test("with graceful restart the router keeps routes while FRR is killed and started, and FRR has them again from its file", async () => {
    await lab.router.begin(64501, [
      ...neighbor(NODE1, "graceful-restart-helper"),
      "bgp graceful-restart stalepath-time 100",
    ]);
    const speaker = await lab.speak(lab.node1, input({ peers: [toRouter({ enableGracefulRestart: true })] }));
    await has([ROUTE]);
    await speaker.established();
    // The agent is to have no part in this.
    await speaker.stop();
    const losses = await lab.losses(ADDRESS);
    for (const each of Object.values(lab.node1.processes)) {
      each.signal("SIGKILL");
      await each.exited;
    }
    await until("the route is stale", async () =>
      expect(await lab.router.pathsTo(ROUTE)).toMatchObject([{ stale: true }]),
    );
    await lab.node1.restart();
    const { directory } = lab.node1;
    await system("vtysh", ["--vty_socket", directory, "--config_dir", directory, "-b"]);
    await until("the route is fresh", async () =>
      expect(await lab.router.pathsTo(ROUTE)).toMatchObject([{ stale: false }]),
    );
    expect(await lab.losses(ADDRESS)).toBe(losses);
  });

  test("an FRR that comes back with nothing is told everything again", async () => {
    await lab.router.begin(64501, neighbor(NODE1));
    const speaker = await lab.speak(lab.node1, input());
    await has([ROUTE]);
    for (const each of Object.values(lab.node1.processes)) {
      each.signal("SIGKILL");
      await each.exited;
    }
    await until("it is told that FRR is away", () =>
      expect(speaker.state()).toMatchObject({
        capabilities: [
          { name: "BGP", available: false, message: expect.stringContaining("run FRR beside the agent") },
          { name: "BFD" },
        ],
      }),
    );
    await has([]);
    await lab.node1.restart();
    await has([ROUTE]);
    await until("FRR is there again", () =>
      expect(speaker.state()).toMatchObject({ capabilities: [{ available: true }, { available: true }] }),
    );
    expect(speaker.state()?.status?.error).toBeUndefined();
  });

  test("what somebody else takes from FRR's configuration is put back", async () => {
    await lab.router.begin(64501, neighbor(NODE1));
    await lab.speak(lab.node1, input());
    await has([ROUTE]);
    // Done once it returns: looking for the gap could come too late.
    await lab.node1.configure(["router bgp 64500", "address-family ipv4 unicast", `no network ${ROUTE}`]);
    await until("it is back", async () =>
      expect(await lab.node1.show("show running-config bgpd")).toContain(`network ${ROUTE}`),
    );
    await has([ROUTE]);
  });

  test("BIRD hears routes of both families with their communities, and their withdrawal", async () => {
    const bird = await startBird(lab.network, "bird", "10.88.5.2");
    const wanted = input({
      peers: [peer("bird", { peerAddress: "10.88.5.1", dualStackAddressFamily: true, connectTime: "1s" })],
      given: [given(ADDRESS), given("2001:db8:9::7")],
      advertisements: [advertisement("all", { communities: ["64500:7", "large:64500:1:2"] })],
    });
    const speaker = await lab.speak(lab.node1, wanted);
    await until("BIRD has both", async () => {
      const routes = await bird.show("show route all");
      expect(routes).toContain(ROUTE);
      expect(routes).toContain("2001:db8:9::7/128");
      expect(routes).toContain("(64500,7)");
      expect(routes).toContain("(64500, 1, 2)");
    });
    speaker.apply({ ...wanted, given: [given(ADDRESS)] });
    await until("BIRD has one", async () =>
      expect(await bird.show("show route")).not.toContain("2001:db8:9::7/128"),
    );
    expect(await bird.show("show route")).toContain(ROUTE);
  });

  test("an agent without any privilege drives FRR as a member of its groups", async () => {
    await lab.router.begin(64501, neighbor(NODE1));
    const { gid: files } = await stat("/etc/frr");
    const { gid: shells } = await stat(join(lab.node1.directory, "bgpd.vty"));
    const nobody = ["--reuid=65534", "--regid=65534", `--groups=${files},${shells}`];
    const agent = await lab.network.start("node1", "unprivileged", "setpriv", [
      ...nobody,
      "--bounding-set=-all",
      "--no-new-privs",
      process.execPath,
      ...program("agent-program", lab.node1.directory, ADDRESS),
    ]);
    await has([ROUTE]);
    agent.signal("SIGKILL");
    await agent.exited;
    const { uid, gid, mode } = await stat(join(lab.node1.directory, "frr.conf"));
    expect([uid, gid, mode & 0o777]).toEqual([65534, files, 0o640]);
  });

  test("an object that can't be served hurts nobody else", async () => {
    await lab.router.begin(64501, neighbor(NODE1));
    const speaker = await lab.speak(
      lab.node1,
      input({
        peers: [toRouter(), peer("locked", { peerAddress: "10.88.2.1", passwordSecret: { name: "lost" } })],
      }),
    );
    await has([ROUTE]);
    expect(speaker.state()?.status).toMatchObject({
      sessions: [{ peer: "router" }],
      problems: [
        { kind: "BGPPeer", name: "locked", message: expect.stringContaining("Secret lost does not exist") },
      ],
    });
  });

  test("where FRR is not, nothing is wrong as long as no peer needs it", async () => {
    const speaker = await startSpeaker({ ...lab.node1, directory: join(lab.network.directory, "client") });
    try {
      speaker.apply(input({ peers: [] }));
      await until("it has looked", () =>
        expect(speaker.state()).toMatchObject({
          status: undefined,
          capabilities: [{ available: false }, {}],
        }),
      );
      expect(speaker.log()).toBe("");
      speaker.apply(input());
      await until("it is told", () =>
        expect(speaker.state()?.status).toMatchObject({
          error: expect.stringMatching(/FRR's bgpd is not there/),
          sessions: [{ state: "Idle", message: expect.stringMatching(/FRR's bgpd is not there/) }],
        }),
      );
    } finally {
      await speaker.stop();
    }
  });
});
