/** What comes of a stack over minutes and hours: what is waited for, what is tried again and what is not. */
import { describe, expect, test } from "@jest/globals";
import { CloudError } from "../../../../../src/core/plan/cloud-error.ts";
import { portsOf } from "../../../../../src/testing/conformance/local-operator.ts";
import { portCloud, refuse } from "./port-cloud.ts";

const minute = 60_000;

describe.each(["invalid", "missing", "quota"] as const)("while one port is refused as %s", (cloudError) => {
  test("the address is there once the load balancer is active, and the port is not asked for at every look", async () => {
    const { cloud, operator } = portCloud({ provisionMs: minute });
    cloud.before = refuse(/^create listener\/443$/, [cloudError, "no such certificate"]);
    operator.put("web", { ports: portsOf(80, 443) });
    await operator.pass(90_000);
    expect(operator.get("web")?.status?.addresses).toHaveLength(1);
    expect(operator.condition("web", "Degraded")?.message).toContain("no such certificate");
    const tries = () => cloud.calls.filter((call) => call === "create listener/443").length;
    expect(tries()).toBe(1);
    cloud.before = () => {};
    await operator.pass(90 * minute);
    expect(operator.condition("web", "Degraded")?.status).toBe("False");
    expect(tries()).toBe(2);
  });
});

test("who comes to a group that waits in vain is served, or told why not", async () => {
  const { cloud, operator } = portCloud();
  cloud.before = refuse(/^create listener\/443$/, ["invalid", "no such certificate"]);
  operator.put("web", { group: "front", ports: portsOf(80, 443) });
  await operator.settle();
  operator.put("api", { group: "front", ports: portsOf(8080) });
  await operator.settle();
  expect(operator.get("api")?.status?.addresses).toEqual(operator.get("web")?.status?.addresses);
  expect(operator.get("api")?.status?.addresses).toHaveLength(1);
});

test("what is shared follows an edit that changes nothing else, also one that was made while nobody looked", async () => {
  const { cloud, operator } = portCloud({ claims: true });
  operator.put("web");
  await operator.settle();
  cloud.alsoShared = [10_256];
  operator.restart();
  await operator.settle();
  expect([...cloud.resources.values()].map(({ id }) => id)).toContain("rule/10256");
});

describe("what is deleted", () => {
  test("after an answer was lost is looked for until a slow cloud shows it", async () => {
    const { cloud, operator } = portCloud({ showMs: 5_000 });
    cloud.after = (call) => {
      if (call !== "create balancer") return;
      operator.remove("web");
      throw new CloudError("retry", "the connection was reset");
    };
    operator.put("web");
    await operator.settle();
    expect([operator.get("web"), [...cloud.resources.keys()]]).toEqual([undefined, []]);
  });

  test("after it was applied in full is gone without another look", async () => {
    const { cloud, operator } = portCloud();
    operator.put("web");
    await operator.settle();
    cloud.calls.length = 0;
    operator.remove("web");
    await operator.settle();
    expect(cloud.calls).toEqual(["delete listener/80", "delete balancer"]);
    expect(operator.get("web")).toBeUndefined();
  });
});

test("who is to be handed back waits for the others of his group and is told so; who leaves meanwhile leaves nothing", async () => {
  const { cloud, operator } = portCloud();
  operator.put("web", { group: "front", ports: portsOf(80) });
  operator.put("api", { group: "front", ports: portsOf(443) });
  await operator.settle();
  operator.put("web", { release: true });
  await operator.settle();
  expect(operator.condition("web", "Degraded")).toMatchObject({
    reason: "GroupConflict",
    message: expect.stringContaining("fairlead.io/release"),
  });
  cloud.calls.length = 0;
  operator.remove("api");
  await operator.settle();
  expect(operator.get("api")).toBeUndefined();
  expect(cloud.calls.filter((call) => call !== "observe")).toEqual([
    "delete listener/443",
    "release listener/80",
    "release balancer",
  ]);
});

describe("handing back what shares with one that can't be asked for", () => {
  const unreachable = refuse(/^facts .*far$/, ["retry", "the cloud does not answer"]);
  const marked = ({ cloud }: ReturnType<typeof portCloud>) =>
    [...cloud.resources.values()].filter(({ stack }) => stack === "conformance/web").length;

  test("takes no mark off, and says for whom it waits", async () => {
    const world = portCloud({ claims: true });
    const { cloud, operator } = world;
    operator.put("web");
    operator.put("far", { ports: portsOf(443) });
    await operator.settle();
    cloud.before = unreachable;
    operator.restart();
    operator.put("web", { release: true });
    await operator.pass(2 * minute);
    expect(operator.condition("web", "Degraded")?.message).toContain("conformance/far");
    expect(marked(world)).toBe(2);
    cloud.before = () => {};
    await operator.settle();
    expect([operator.get("web")?.status?.released, marked(world)]).toEqual([true, 0]);
  });

  test("is done where nothing was ever made for that one", async () => {
    const world = portCloud({ claims: true });
    const { cloud, operator } = world;
    cloud.before = unreachable;
    operator.put("web");
    operator.put("far", { ports: portsOf(443) });
    await operator.pass(minute);
    operator.restart();
    operator.put("web", { release: true });
    await operator.pass(2 * minute);
    expect([operator.get("web")?.status?.released, marked(world)]).toEqual([true, 0]);
  });
});
