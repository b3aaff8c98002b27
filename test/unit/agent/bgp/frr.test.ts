/** The words of FRR: names that stay, what is changed and what is left alone, answers read. */
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { applyConfig } from "../../../../src/agent/bgp/frr/apply.ts";
import { configText } from "../../../../src/agent/bgp/frr/config.ts";
import { writeConfigFile } from "../../../../src/agent/bgp/frr/config-file.ts";
import { difference } from "../../../../src/agent/bgp/frr/difference.ts";
import { foreignLines } from "../../../../src/agent/bgp/frr/foreign.ts";
import { observedSessions } from "../../../../src/agent/bgp/frr/observe.ts";
import { parseRunning } from "../../../../src/agent/bgp/frr/parse.ts";
import { renderFrr } from "../../../../src/agent/bgp/frr/render.ts";
import { openVty } from "../../../../src/agent/bgp/frr/vty.ts";
import type { BgpInput } from "../../../../src/agent/bgp/input.ts";
import { planBgp } from "../../../../src/agent/bgp/plan.ts";
import { samples } from "../../../lab/bgp/samples.ts";
import { advertisement, bgpInput, given, peer } from "../../../objects/bgp.ts";
import { startFakeFrr } from "./fake-frr.ts";

const config = (o: Partial<BgpInput> = {}) => renderFrr(planBgp(bgpInput(o)));
/** As `bgpd` shows it. */
const running = (o: Partial<BgpInput> = {}) =>
  parseRunning("bgpd", configText(config(o).filter(({ daemon }) => daemon === "bgpd")));
const bgpd = (o: Partial<BgpInput> = {}) => config(o).filter(({ daemon }) => daemon === "bgpd");
const lines = (steps: readonly { readonly line: string | undefined }[]) => steps.map(({ line }) => line);

describe("what is changed", () => {
  test.each(Object.entries(samples))("nothing, where FRR has it already: %s", (_name, input) => {
    const own = renderFrr(planBgp(input));
    for (const daemon of ["zebra", "bfdd", "bgpd"] as const) {
      const part = own.filter((each) => each.daemon === daemon);
      expect(difference(parseRunning(daemon, configText(part)), part, true)).toEqual({ add: [], remove: [] });
    }
  });

  test("nothing, where FRR shows communities by names that we do not write", () => {
    const communities = ["no-export", "no-export-subconfed", "0:0", "65535:6"];
    const own = bgpd({ advertisements: [advertisement("all", { communities })] });
    const shown = configText(own)
      .replace(
        "set community 0:0 65535:6 65535:65281 65535:65283",
        "set community internet llgr-stale no-export local-AS",
      )
      .replace("set community 65535:65282", "set community no-advertise");
    expect(shown).toContain("internet");
    expect(difference(parseRunning("bgpd", shown), own, true)).toEqual({ add: [], remove: [] });
  });

  test("a new address is its own line, whatever else is announced", () => {
    const { add, remove } = difference(
      running(),
      bgpd({ given: [given("203.0.113.7"), given("203.0.113.8")] }),
      true,
    );
    expect(lines(add)).toEqual([
      expect.stringMatching(/^network 203.0.113.8\/32 route-map fairlead-group-\w+$/),
    ]);
    expect(remove).toEqual([]);
  });

  test("an address that goes is first announced to nobody, and removed when all is quiet", () => {
    const before = { given: [given("203.0.113.7"), given("203.0.113.8")] };
    const { add, remove } = difference(running(before), bgpd(), false);
    expect(add).toEqual([]);
    expect(lines(remove)).toEqual(["network 203.0.113.8/32 route-map fairlead-leaving"]);
    const leaving = running().map((section) =>
      section.lines.some((line) => line.startsWith("network 203.0.113.7/32"))
        ? { ...section, lines: [...section.lines, "network 203.0.113.8/32 route-map fairlead-leaving"] }
        : section,
    );
    expect(difference(leaving, bgpd(), false)).toEqual({ add: [], remove: [] });
    expect(lines(difference(leaving, bgpd(), true).remove)).toEqual(["no network 203.0.113.8/32"]);
    expect(lines(difference(leaving, bgpd(before), false).add)).toEqual([
      expect.stringMatching(/^network 203.0.113.8\/32 route-map fairlead-group-/),
    ]);
  });

  test("other attributes of an advertisement are its own lines, and no route is touched", () => {
    const with_ = (...communities: string[]) => ({ advertisements: [advertisement("all", { communities })] });
    const { add, remove } = difference(running(with_("1:1")), bgpd(with_("2:2", "large:1:2:3")), true);
    expect(lines(add)).toEqual(["set community 2:2", "set large-community 1:2:3"]);
    expect(remove).toEqual([]);
  });

  test("another advertisement of a route is there before the route goes over to it", () => {
    const { add, remove } = difference(running(), bgpd({ advertisements: [advertisement("new")] }), true);
    expect(lines(add)).toEqual([
      expect.stringMatching(/^set tag \d+$/),
      expect.stringMatching(/^match tag \d+$/),
      expect.stringMatching(/^network 203.0.113.7\/32 route-map /),
    ]);
    expect(lines(remove)).toEqual([
      expect.stringMatching(/^no route-map fairlead-group-\w+ permit 1$/),
      expect.stringMatching(/^no route-map fairlead-to-router permit \d+$/),
    ]);
  });

  test("a session that changes a timer is not made anew, one with another AS is", () => {
    const timer = difference(running(), bgpd({ peers: [peer("router", { holdTime: "9s" })] }), true);
    expect(timer).toMatchObject({ add: [{ line: "neighbor 10.88.1.1 timers 3 9" }], remove: [] });
    const as = difference(running(), bgpd({ peers: [peer("router", { peerASN: 7 })] }), true);
    expect(lines(as.add).slice(0, 2)).toEqual(["no neighbor 10.88.1.1", "neighbor 10.88.1.1 remote-as 7"]);
    expect(lines(as.add)).toContain("neighbor 10.88.1.1 activate");
  });

  test("a peer has its policies before it is heard", () => {
    const { add } = difference([], bgpd(), true);
    const at = (text: RegExp) => lines(add).findIndex((line) => text.test(line ?? ""));
    expect(at(/route-map \S+ in$/)).toBeGreaterThan(-1);
    expect(at(/ activate$/)).toBeGreaterThan(at(/route-map \S+ in$/));
    expect(at(/ activate$/)).toBeGreaterThan(at(/route-map \S+ out$/));
  });

  test("lines of others are left alone", () => {
    const theirs = parseRunning(
      "bgpd",
      `frr version 8.4.4
log syslog
ip prefix-list theirs seq 5 permit 10.0.0.0/8
route-map theirs permit 10
 match tag 7
exit
router bgp 64500
 neighbor 10.88.1.1 remote-as 64501
 neighbor 10.88.1.1 description the one above
 bgp log-neighbor-changes
exit
line vty
`,
    );
    expect(difference(theirs, bgpd(), true).remove).toEqual([]);
  });

  test("what others say of our neighbors is taken back, and what they say of their own is not", () => {
    const spoilt = parseRunning(
      "bgpd",
      `router bgp 64500
 neighbor theirs peer-group
 neighbor 10.88.1.1 remote-as 64501
 neighbor 10.88.1.1 shutdown message enough of it
 neighbor 10.88.1.1 timers connect 10
 neighbor 10.88.1.9 remote-as 64501
 neighbor 10.88.1.9 shutdown
 bgp log-neighbor-changes
 !
 address-family ipv4 unicast
  neighbor theirs weight 7
  neighbor 10.88.1.1 activate
  no neighbor 10.88.1.1 send-community
  neighbor 10.88.1.1 prefix-list none out
 exit-address-family
exit
router bgp 64500 vrf red
 neighbor 10.88.1.1 description of another VRF
exit
`,
    );
    expect(lines(foreignLines(spoilt, bgpd()).map(({ undo }) => undo))).toEqual([
      "no neighbor 10.88.1.1 shutdown message enough of it",
      "neighbor 10.88.1.1 send-community",
      "no neighbor 10.88.1.1 prefix-list none out",
    ]);
  });
});

test("names of route maps do not depend on what else there is", () => {
  const names = (o: Partial<BgpInput>) =>
    new Set(configText(config(o)).match(/^(route-map \S+ permit \d+| set tag \d+)/gm));
  const some = names({ advertisements: [advertisement("a", { communities: ["1:1"] })] });
  const more = names({
    given: [given("203.0.113.7"), given("203.0.113.8", { sharer: { labels: { tier: "gold" } } })],
    peers: [peer("router", {}), peer("another", { peerAddress: "10.88.2.1" })],
    advertisements: [
      advertisement("a", { communities: ["1:1"] }),
      advertisement("b", { communities: ["2:2"], serviceSelectors: [{ matchLabels: { tier: "gold" } }] }),
    ],
  });
  expect([...some].filter((name) => !more.has(name))).toEqual([]);
});

describe("speaking to a daemon", () => {
  test("answers are told apart however they arrive, and what is refused is known", async () => {
    await using frr = await startFakeFrr((command) =>
      command === "bad"
        ? { status: 2, text: "% Unknown command\n" }
        : { status: 0, text: `<${command}>`.repeat(50), pieces: 7 },
    );
    const vty = await openVty(join(frr.directory, "bgpd.vty"));
    const answers = await Promise.all(["one", "bad", "two"].map((each) => vty.run(each)));
    expect(answers).toEqual([
      { ok: true, text: "<one>".repeat(50) },
      { ok: false, text: "% Unknown command\n" },
      { ok: true, text: "<two>".repeat(50) },
    ]);
    await expect(vty.run("one\ntwo")).rejects.toThrow("one line");
    vty.close();
  });

  test("a daemon that says nothing is not waited for without end", async () => {
    await using frr = await startFakeFrr(() => undefined);
    const vty = await openVty(join(frr.directory, "bgpd.vty"), { timeoutMs: 20 });
    await expect(vty.run("show version")).rejects.toThrow("has not answered");
  });

  test("a configuration that somebody else has locked is an error of its own, and nothing is said", async () => {
    await using frr = await startFakeFrr((command) =>
      command === "configure terminal"
        ? { status: 13, text: "VTY configuration is locked by other VTY\n" }
        : { status: 0 },
    );
    await expect(applyConfig(frr.directory, config())).rejects.toMatchObject({ name: "FrrLockedError" });
    expect(frr.commands).toEqual(["enable", "show running-config", "configure terminal"]);
  });

  test("a password is in no refusal", async () => {
    await using frr = await startFakeFrr((command) =>
      command.includes("password") ? { status: 2, text: `% Unknown command: ${command}\n` } : { status: 0 },
    );
    const locked = config({
      peers: [peer("router", { passwordSecret: { name: "key" } })],
      passwords: new Map([["key", { ok: true, text: "s3cret" }]]),
    });
    const { refused } = await applyConfig(frr.directory, locked);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.said).toBe("% Unknown command: neighbor 10.88.1.1 password …");
  });
});

describe("what FRR says of sessions", () => {
  // As FRR 8.4.4 shows them, in the parts that count.
  const text = JSON.stringify({
    default: {
      vrfId: 0,
      vrfName: "default",
      "10.88.1.1": {
        bgpState: "Established",
        bgpTimerUpEstablishedEpoch: 1795290183,
        addressFamilyInfo: { ipv4Unicast: { sentPrefixCounter: 3 }, ipv6Unicast: { sentPrefixCounter: 2 } },
        connectionsEstablished: 2,
        peerBfdInfo: { status: "Up" },
      },
      cable1: { bgpState: "Active", connectionsEstablished: 0, lastResetDueTo: "Waiting for NHT" },
    },
    red: {
      "10.88.1.1": { bgpState: "Clearing", lastNotificationReason: "Cease/BFD Down", lastResetDueTo: "x" },
    },
  });

  test("is read by VRF and neighbour", () => {
    expect(Object.fromEntries(observedSessions(text))).toMatchObject({
      "default 10.88.1.1": {
        state: "Established",
        establishedAt: 1795290183,
        established: 2,
        bfd: "Up",
        prefixes: 5,
      },
      "default cable1": { state: "Active", prefixes: 0, reset: "Waiting for NHT" },
      "red 10.88.1.1": { state: "Idle", reset: "Cease/BFD Down" },
    });
  });

  test("may lack what is expected", () => {
    expect(observedSessions("{}").size).toBe(0);
    expect(observedSessions('{"default":{"10.0.0.1":{"bgpState":"Connect","peerBfdInfo":7}}}').size).toBe(1);
  });
});

describe("the file", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "fairlead-file-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test("can be read by its group and by nobody else, also where there was another", async () => {
    const path = join(directory, "frr.conf");
    await writeFile(path, "old", { mode: 0o666 });
    const usual = process.umask(0o077);
    await writeConfigFile(path, "new").finally(() => process.umask(usual));
    expect(await readFile(path, "utf8")).toBe("new");
    expect((await stat(path)).mode & 0o777).toBe(0o640);
  });

  test("is left alone where it says the same", async () => {
    const path = join(directory, "frr.conf");
    await writeConfigFile(path, "same");
    const { ino } = await stat(path);
    await writeConfigFile(path, "same");
    expect((await stat(path)).ino).toBe(ino);
  });
});
