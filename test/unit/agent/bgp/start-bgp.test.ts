/** When FRR is spoken to, and what is told of it. */
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { type BgpOptions, type BgpState, startBgp } from "../../../../src/agent/bgp/start-bgp.ts";
import { type Clock, systemClock } from "../../../../src/runtime/clock.ts";
import { createLogger, silentLogger } from "../../../../src/runtime/logger.ts";
import { until } from "../../../lab/support/until.ts";
import { bgpInput, given } from "../../../objects/bgp.ts";
import { type FakeFrr, startFakeFrr } from "./fake-frr.ts";

const neighbors = (fields: object) => JSON.stringify({ default: { "10.88.1.1": fields } });
const up = { bgpState: "Established", bgpTimerUpEstablishedEpoch: 1795290183, connectionsEstablished: 1 };

function follow(
  frr: FakeFrr,
  o: Pick<Partial<BgpOptions>, "clock" | "debounceMs" | "configFile" | "verifyEveryMs" | "log"> = {},
) {
  const states: BgpState[] = [];
  const happened: string[] = [];
  const bgp = startBgp({
    directory: frr.directory,
    configFile: undefined,
    log: silentLogger,
    debounceMs: 10,
    observeEveryMs: 10,
    verifyEveryMs: 60_000,
    onState: (state) => states.push(state),
    onSession: ({ what, message }) => happened.push(`${what}: ${message}`),
    ...o,
  });
  return { bgp, states, happened };
}

const count = (frr: FakeFrr, command: string) =>
  frr.commands.filter((each) => each.startsWith(command)).length;
const network = "network 203.0.113.8/32";

describe("BGP", () => {
  test("FRR is left alone before anything is known, and configured once for what stays the same", async () => {
    await using frr = await startFakeFrr(() => ({ status: 0, text: "{}" }));
    const { bgp } = follow(frr);
    expect(frr.commands).toEqual([]);
    bgp.apply(bgpInput());
    await until("it has looked", () =>
      expect(count(frr, "show bgp vrf all neighbors json")).toBeGreaterThan(1),
    );
    bgp.apply(bgpInput());
    await until("it has looked again", () =>
      expect(count(frr, "show bgp vrf all neighbors json")).toBeGreaterThan(9),
    );
    expect(count(frr, "configure terminal")).toBe(1);
    bgp.apply(bgpInput({ given: [given("203.0.113.8")] }));
    await until("the change is there", () => expect(count(frr, network)).toBe(1));
    await bgp.stop();
  });

  test("a line about a session that FRR writes by itself is tried to be removed once, and told of once", async () => {
    const shown =
      "router bgp 64500\n neighbor 10.88.1.1 remote-as 64501\n neighbor 10.88.1.1 of a later FRR\n";
    await using frr = await startFakeFrr((command) => ({
      status: 0,
      text: command === "show running-config" ? shown : "{}",
    }));
    const told: string[] = [];
    const log = await createLogger({ level: "warn", destination: { write: (line) => told.push(line) } });
    const { bgp } = follow(frr, { verifyEveryMs: 10, log });
    bgp.apply(bgpInput());
    await until("it has verified often", () => expect(count(frr, "show running-config")).toBeGreaterThan(9));
    await bgp.stop();
    expect(count(frr, "no neighbor 10.88.1.1 of a later FRR")).toBe(1);
    expect(told).toEqual([expect.stringContaining("router bgp 64500 / neighbor 10.88.1.1 of a later FRR")]);
  });

  test("changes that come together are told together", async () => {
    await using frr = await startFakeFrr(() => ({ status: 0, text: "{}" }));
    let release: (() => void) | undefined;
    const clock: Clock = {
      ...systemClock,
      setTimeout(run, delayMs) {
        if (delayMs !== 777) return systemClock.setTimeout(run, delayMs);
        release = run;
        return { clear() {} };
      },
    };
    const { bgp } = follow(frr, { clock, debounceMs: 777 });
    bgp.apply(bgpInput({ given: [given("203.0.113.8")] }));
    await until("it waits", () => expect(release).toBeDefined());
    bgp.apply(bgpInput({ given: [given("203.0.113.9")] }));
    expect(frr.commands).toEqual([]);
    release?.();
    await until("the last is there", () => expect(count(frr, "network 203.0.113.9/32")).toBe(1));
    expect(count(frr, network)).toBe(0);
    await bgp.stop();
  });

  test("a session that was lost and established between two looks is told of, and its time is that of the new one", async () => {
    let fields: object = up;
    await using frr = await startFakeFrr((command) => ({
      status: 0,
      text: command.startsWith("show bgp") ? neighbors(fields) : "",
    }));
    const { bgp, states, happened } = follow(frr);
    bgp.apply(bgpInput());
    await until("it is up", () => expect(happened).toHaveLength(1));
    const looks = count(frr, "show bgp vrf all neighbors json");
    fields = { ...up, bgpTimerUpEstablishedEpoch: 1795290184 };
    await until("FRR's rounding is no news", () =>
      expect(count(frr, "show bgp vrf all neighbors json")).toBeGreaterThan(looks + 2),
    );
    expect(states).toHaveLength(1);
    fields = { ...up, bgpTimerUpEstablishedEpoch: 1795290999, connectionsEstablished: 2 };
    await until("it was away", () => expect(happened).toHaveLength(3));
    expect(happened.map((each) => each.split(":")[0])).toEqual(["established", "lost", "established"]);
    expect(states.at(-1)?.status?.sessions[0]?.since).toBe(new Date(1795290999_000).toISOString());
    await bgp.stop();
  });

  test("what FRR refuses of one peer is said of that peer", async () => {
    await using frr = await startFakeFrr((command) =>
      command === "neighbor 10.88.1.1 remote-as 64501"
        ? { status: 13, text: "% AS specified for local as is the same as the remote as\n" }
        : { status: 0, text: command.startsWith("show bgp") ? "{}" : "" },
    );
    const { bgp, states } = follow(frr);
    bgp.apply(bgpInput());
    await until("it is told", () =>
      expect(states.at(-1)?.status?.problems).toEqual([
        {
          kind: "BGPPeer",
          name: "router",
          message: "FRR refused it: % AS specified for local as is the same as the remote as",
        },
      ]),
    );
    expect(states.at(-1)?.status?.error).toBeUndefined();
    await bgp.stop();
  });

  test("a file that can't be written keeps no route from being announced", async () => {
    await using frr = await startFakeFrr(() => ({ status: 0, text: "{}" }));
    const { bgp, states } = follow(frr, { configFile: join(frr.directory, "missing", "frr.conf") });
    bgp.apply(bgpInput({ given: [given("203.0.113.8")] }));
    await until("it is told", () =>
      expect(states.at(-1)?.status?.error).toMatch(/frr.conf.*can't be written/),
    );
    expect(count(frr, network)).toBe(1);
    await bgp.stop();
  });

  test("a prefix that is announced to nobody any more is removed when all has been quiet", async () => {
    const shown = `router bgp 64500
 neighbor 10.88.1.1 remote-as 64501
 address-family ipv4 unicast
  network 203.0.113.8/32 route-map fairlead-leaving
 exit-address-family
exit
`;
    await using frr = await startFakeFrr((command) => ({
      status: 0,
      text: command === "show running-config" ? shown : "{}",
    }));
    let later = 0;
    const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + later };
    const { bgp } = follow(frr, { clock });
    bgp.apply(bgpInput());
    const looks = "show bgp vrf all neighbors json";
    await until("it has looked", () => expect(count(frr, looks)).toBeGreaterThan(2));
    expect(count(frr, `no ${network}`)).toBe(0);
    later = 61_000;
    await until("it is removed", () => expect(count(frr, `no ${network}`)).toBe(1));
    await bgp.stop();
  });
});
