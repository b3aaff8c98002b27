/** What goes on when an object is deleted that something still goes by. */
import { describe, expect, test } from "@jest/globals";
import { createMemory } from "../../../../src/agent/bgp/memory.ts";
import { planBgp } from "../../../../src/agent/bgp/plan.ts";
import { advertisement, bgpInput, peer, pool } from "../../../objects/bgp.ts";

describe("memory", () => {
  test("a pool that is deleted while its addresses are in use is announced as before", () => {
    const remember = createMemory();
    const labelled = bgpInput({
      pools: [pool("edge", ["203.0.113.0/24"], { labels: { side: "a" } })],
      advertisements: [advertisement("a", { ipAddressPoolSelectors: [{ matchLabels: { side: "a" } }] })],
    });
    const before = planBgp(remember(labelled)).routes;
    expect(before).toHaveLength(1);
    expect(planBgp(remember({ ...labelled, pools: [] })).routes).toEqual(before);
    expect(planBgp(remember({ ...labelled, pools: [], given: [] })).routes).toEqual([]);
    expect(planBgp(remember({ ...labelled, pools: [] })).routes).toEqual([]);
  });

  test("a session goes on with the password that it had when the Secret is deleted or spoilt, and that is said", () => {
    const remember = createMemory();
    const locked = bgpInput({
      peers: [peer("router", { passwordSecret: { name: "key" } })],
      passwords: new Map([["key", { ok: true, text: "one" }]]),
    });
    const passwordOf = (input: typeof locked) => {
      const { instances, problems } = planBgp(remember(input));
      return [instances[0]?.sessions[0]?.password, ...problems.map(({ message }) => message)];
    };
    expect(passwordOf(locked)).toEqual(["one"]);
    expect(passwordOf({ ...locked, passwords: new Map() })).toEqual([
      "one",
      expect.stringContaining("Secret key does not exist; the session goes on"),
    ]);
    expect(passwordOf({ ...locked, passwords: new Map([["key", { ok: true, text: "t w o" }]]) })).toEqual([
      "one",
      expect.stringMatching(
        /^Secret key has a password that is not .* printable ASCII .*; the session goes on/,
      ),
    ]);
    expect(passwordOf({ ...locked, passwords: new Map([["key", { ok: true, text: "two" }]]) })).toEqual([
      "two",
    ]);
    // Nobody named it any more: it is forgotten.
    expect(planBgp(remember({ ...locked, peers: [], passwords: new Map() })).instances).toEqual([]);
    expect(passwordOf({ ...locked, passwords: new Map() })[0]).toBeUndefined();
  });
});
