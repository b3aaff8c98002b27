import { describe, expect, test } from "@jest/globals";
import { hour, minute, refusing, sharedRules } from "./shared-rules.ts";

const slow = ["quota", "permission", "missing"] as const;

describe.each([...slow, "invalid"] as const)("what can't be had for one stack (%s)", (as) => {
  test("is told to that one, and keeps nobody else from getting and giving up rules", async () => {
    const toy = sharedRules();
    expect(await toy.needs("web", [80])).toBe("done");
    toy.world.refuse = refusing(/create 443$/, as);
    expect(await toy.needs("bad", [443])).toBe("no create 443");
    expect(await toy.needs("web", [80])).toBe("done");
    expect(await toy.needs("web", [8080])).toBe("done");
    expect(await toy.needs("dns", [53])).toBe("done");
    expect(toy.rules()).toEqual(["53", "8080"]);
    expect(await toy.goes("dns")).toBe("done");
    expect(toy.rules()).toEqual(["8080"]);
    expect(toy.calls.filter((call) => call === "create 443")).toHaveLength(1);
  });

  test("leaves it what it had, until what it asks for instead is there", async () => {
    const toy = sharedRules();
    await toy.needs("web", [443]);
    toy.world.refuse = refusing(/create 8443$/, as);
    expect(await toy.needs("web", [8443])).toBe("no create 8443");
    expect(await toy.needs("dns", [53])).toBe("done");
    expect(await toy.goes("dns")).toBe("done");
    expect(toy.rules()).toEqual(["443"]);
    toy.world.refuse = () => {};
    expect(await toy.needs("web", [9443])).toBe("done");
    expect(toy.rules()).toEqual(["9443"]);
  });

  test("does not keep what another leaves at the same moment from going", async () => {
    const toy = sharedRules();
    await toy.needs("web", [80]);
    toy.world.refuse = refusing(/create 443$/, as);
    const came = await Promise.all([toy.goes("web"), toy.needs("bad", [443])]);
    expect(came).toEqual(["done", "no create 443"]);
    expect(toy.rules()).toEqual([]);
  });

  test("is found among newcomers whose rules are written in one go", async () => {
    const toy = sharedRules({ asDocument: true });
    toy.world.refuse = refusing(/create 443$/, as);
    const all = [
      ["web", 80],
      ["bad", 443],
      ["dns", 53],
    ] as const;
    const round = () => Promise.all(all.map(([name, port]) => toy.needs(name, [port])));
    const isOfContent = as === "quota" || as === "invalid";
    // What is not allowed, or not there, is so for all who need it.
    const others = isOfContent ? "done" : "no create 443";
    expect(await round()).toEqual([others, "no create 443", others]);
    expect(toy.rules()).toEqual(isOfContent ? ["53", "80"] : []);
  });
});

describe("vain writes", () => {
  test.each(slow)("are tried again slowly where the cure may come from outside (%s)", async (as) => {
    const toy = sharedRules();
    toy.world.refuse = refusing(/create 443$/, as);
    for (let minutes = 0; minutes < 60; minutes++) {
      await toy.needs("bad", [443]);
      await toy.needs("web", [80 + minutes]);
      await toy.clock.advance(minute);
    }
    const tries = toy.calls.filter((call) => call === "create 443").length;
    expect(tries).toBeGreaterThan(3);
    expect(tries).toBeLessThan(8);
    toy.world.refuse = () => {};
    await toy.clock.advance(10 * minute);
    expect(await toy.needs("bad", [443])).toBe("done");
  });

  test("that the cloud calls invalid are tried again after an edit, or when all is verified: who was refused is told of it then", async () => {
    const toy = sharedRules();
    toy.world.refuse = refusing(/create 44/, "invalid");
    await toy.needs("bad", [443]);
    await toy.clock.advance(40 * minute);
    await toy.needs("bad", [443]);
    expect(toy.calls.filter((call) => call.startsWith("create"))).toEqual(["create 443"]);
    expect(await toy.needs("bad", [444])).toBe("no create 444");
    toy.world.refuse = () => {};
    expect(toy.woken).toEqual([]);
    await toy.clock.advance(1.3 * hour);
    expect(toy.woken).toEqual(["bad"]);
    expect(await toy.needs("bad", [444])).toBe("done");
  });

  test("are not made for what can't be taken away either, and only who left it waits for it", async () => {
    const toy = sharedRules();
    await toy.needs("web", [80]);
    await toy.needs("dns", [53]);
    toy.world.refuse = refusing(/delete 80$/, "permission");
    expect(await toy.goes("web")).toBe("no delete 80");
    expect(await toy.goes("web")).toBe("no delete 80");
    expect(toy.calls.filter((call) => call === "delete 80")).toHaveLength(1);
    expect(await toy.goes("dns")).toBe("done");
    toy.world.refuse = () => {};
    await toy.clock.advance(10 * minute);
    expect(await toy.goes("web")).toBe("done");
    expect(toy.rules()).toEqual([]);
  });
});

describe("a rule that somebody deleted and that can't be made again", () => {
  test("is told to who needs it, once that is found; the others go on", async () => {
    const toy = sharedRules();
    await toy.needs("web", [80]);
    await toy.needs("dns", [53]);
    toy.lose("80");
    toy.world.refuse = refusing(/create 80$/, "quota");
    await toy.clock.advance(1.3 * hour);
    expect(toy.woken).toEqual(["web"]);
    expect(await toy.needs("web", [80])).toBe("no create 80");
    expect(await toy.needs("dns", [53, 54])).toBe("done");
    expect(toy.rules()).toEqual(["53", "54"]);
  });
});

/** One rule for all ports at most. */
const joined = (ports: readonly number[]) => (ports.length === 0 ? [] : [`${ports[0]}-${ports.at(-1)}`]);

describe("where rules are joined", () => {
  test("whoever is let in by the rule of before goes on while the one for all can't be made", async () => {
    const toy = sharedRules({ join: joined });
    await Promise.all([toy.needs("a", [10]), toy.needs("b", [30])]);
    toy.world.refuse = refusing(/create 10-40/, "quota");
    expect(await toy.needs("c", [40])).toBe("no create 10-40");
    expect([await toy.needs("a", [10]), await toy.needs("b", [30])]).toEqual(["done", "done"]);
    expect(toy.rules()).toEqual(["10-30"]);
  });

  test("the new one takes the place of the old where there is no room for both", async () => {
    const toy = sharedRules({ join: joined, asDocument: true });
    await toy.needs("a", [10]);
    toy.world.room = 1;
    expect(await toy.needs("b", [20])).toBe("done");
    expect(toy.rules()).toEqual(["10-20"]);
  });

  test("nobody is taken to be let in by a rule that is not there", async () => {
    const toy = sharedRules({ join: joined });
    await toy.needs("a", [10]);
    toy.world.refuse = refusing(/create/, "permission");
    const came = await Promise.all([toy.needs("b", [20]), toy.needs("c", [30])]);
    expect(came).toEqual([
      expect.stringContaining("no create 10-"),
      expect.stringContaining("no create 10-"),
    ]);
  });
});

describe("after a restart", () => {
  test("what serves somebody, though nobody knows how, is not taken away while what he asks for now can't be had", async () => {
    const toy = sharedRules();
    await toy.needs("web", [443]);
    toy.restart();
    toy.world.refuse = refusing(/create 8443$/, "quota");
    expect(await toy.needs("web", [8443], { inUse: true })).toBe("no create 8443");
    await toy.needs("dns", [53]);
    await toy.goes("dns");
    expect(toy.rules()).toContain("443");
    toy.world.refuse = () => {};
    await toy.clock.advance(10 * minute);
    await toy.needs("web", [8443], { inUse: true });
    expect(toy.rules()).toEqual(["8443"]);
  });

  test("a newcomer that can't be served keeps nothing from being taken away", async () => {
    const toy = sharedRules();
    await toy.needs("web", [80]);
    toy.restart();
    toy.world.refuse = refusing(/create 443$/, "quota");
    await toy.needs("bad", [443]);
    await toy.needs("web", [80], { inUse: true });
    expect(await toy.goes("web")).toBe("done");
    expect(toy.rules()).toEqual([]);
  });
});

describe("what a class wants kept", () => {
  test.each([
    ["keep", "drop"],
    ["drop", "keep"],
  ])("stays, and what another lets go does not, whoever claimed last (%s, %s)", async (...order) => {
    const toy = sharedRules();
    const classes = { keep: { deletion: "Retain" }, drop: {}, other: {} } as const;
    const ports = { keep: [80], drop: [443], other: [53] };
    for (const name of ["other", "keep", "drop"] as const) await toy.needs(name, ports[name], classes[name]);
    for (const name of order as ("keep" | "drop")[]) expect(await toy.goes(name, classes[name])).toBe("done");
    expect(toy.rules()).toEqual(["53", "80"]);
    await toy.needs("other", [54]);
    expect(toy.rules()).toEqual(["54", "80"]);
  });

  test("is forgotten once nobody claims it any more, and costs no look", async () => {
    const toy = sharedRules();
    await toy.needs("web", [80], { deletion: "Retain" });
    await toy.goes("web", { deletion: "Retain" });
    expect(toy.isKnown("web")).toBe(false);
    await toy.clock.advance(2 * hour);
    const looks = toy.calls.length;
    await toy.clock.advance(10 * hour);
    expect(toy.calls).toHaveLength(looks);
    expect(toy.rules()).toEqual(["80"]);
    await toy.needs("web", [81]);
    expect(toy.rules()).toEqual(["81"]);
    await toy.clock.advance(1.3 * hour);
    expect(toy.calls.at(-1)).toBe("observe");
  });

  test("does not keep a rule that a load balancer which lives on needs no more", async () => {
    const toy = sharedRules();
    await toy.needs("web", [80], { deletion: "Retain" });
    await toy.needs("web", [81], { deletion: "Retain" });
    expect(toy.rules()).toEqual(["81"]);
  });

  test("of an earlier process is taken away by nobody while somebody of such a class is there", async () => {
    const toy = sharedRules();
    await toy.needs("web", [80], { deletion: "Retain" });
    await toy.needs("api", [81], { deletion: "Retain" });
    await toy.goes("web", { deletion: "Retain" });
    toy.restart();
    await toy.needs("api", [81], { deletion: "Retain" });
    await toy.needs("dns", [53]);
    expect(await toy.goes("dns")).toBe("done");
    expect(toy.rules()).toEqual(["80", "81"]);
  });
});
