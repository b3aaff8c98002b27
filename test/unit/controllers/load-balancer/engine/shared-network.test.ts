/** What comes of stacks that need something of a stack that all share, over hours and restarts. */
import { describe, expect, test } from "@jest/globals";
import { createCompleteness } from "../../../../../src/controllers/load-balancer/engine/completeness.ts";
import { CloudError } from "../../../../../src/core/plan/cloud-error.ts";
import { portsOf } from "../../../../../src/testing/conformance/local-operator.ts";
import { createFakeClock } from "../../../../../src/testing/fake-clock.ts";
import { portCloud, refuse } from "./port-cloud.ts";
import { toyCluster, toyNetwork } from "./toy-network.ts";

const minute = 60_000;

function network(options: Parameters<typeof portCloud>[0] = {}) {
  const { cloud, operator } = portCloud({ claims: true, ...options });
  const rules = () =>
    [...cloud.resources.values()].flatMap(({ id, kind }) => (kind === "rule" ? [id] : [])).sort();
  return { cloud, operator, rules };
}

test("who can't have a rule is told so, and the others are changed as they ask", async () => {
  const { cloud, operator, rules } = network();
  operator.put("web");
  await operator.settle();
  cloud.before = refuse(/^create rule\/443$/, ["quota", "the group is full"]);
  operator.put("bad", { ports: portsOf(443) });
  await operator.settle();
  operator.put("web", { ports: portsOf(81) });
  await operator.pass(65 * minute);
  expect(operator.condition("bad", "Programmed")).toMatchObject({ status: "False", reason: "QuotaExceeded" });
  expect(operator.condition("web", "Degraded")?.status).toBe("False");
  expect(rules()).toEqual(["rule/81"]);
  expect([...cloud.resources.values()].map(({ id }) => id)).toContain("listener/81");
  expect(cloud.calls.filter((call) => call === "create rule/443").length).toBeLessThan(8);
  cloud.before = () => {};
  await operator.pass(16 * minute);
  expect(operator.get("bad")?.status?.addresses).toHaveLength(1);
});

test("nothing that is shared is taken away while a load balancer has no class that is known", async () => {
  const { operator, rules } = network();
  operator.put("web");
  operator.put("stray", { ports: portsOf(443) });
  await operator.settle();
  operator.put("stray", { className: "gone" });
  operator.restart();
  await operator.settle();
  operator.put("web", { ports: portsOf(81) });
  await operator.pass(3 * 60 * minute);
  expect(rules()).toEqual(["rule/443", "rule/80", "rule/81"]);
  operator.put("stray", { className: "conformance" });
  await operator.settle();
  operator.put("web", { ports: portsOf(82) });
  await operator.settle();
  expect(rules()).toEqual(["rule/443", "rule/82"]);
});

test("what a class retains costs no look any more", async () => {
  const { cloud, operator, rules } = network({ deletion: "Retain" });
  operator.put("web");
  await operator.settle();
  operator.remove("web");
  await operator.settle();
  const calls = cloud.calls.length;
  await operator.pass(10 * 60 * minute);
  expect(cloud.calls).toHaveLength(calls);
  expect([operator.get("web"), rules()]).toEqual([undefined, ["rule/80"]]);
});

describe("one thing that all need", () => {
  const refusePort = (toy: ReturnType<typeof toyNetwork>, port: number): void => {
    toy.before = (operation) => {
      if (operation.kind !== "firewall" || operation.do === "delete") return;
      if ((operation.fields.ports as number[]).includes(port)) throw new CloudError("invalid", `no ${port}`);
    };
  };
  const firewall = ({ resources }: ReturnType<typeof toyNetwork>) =>
    [...resources.values()].find(({ kind }) => kind === "firewall")?.fields.ports;

  test("is made for those who can have it, and whoever can't is told so each time", async () => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy);
    refusePort(toy, 53);
    cluster.put("web", [80]);
    cluster.put("dns", [53]);
    const both = await Promise.allSettled([cluster.work("web"), cluster.work("dns")]);
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    cluster.put("web", [81]);
    await cluster.work("web");
    await expect(cluster.work("dns")).rejects.toThrow("no 53");
    expect(firewall(toy)).toEqual([81]);
    expect(cluster.status("web")?.addresses).toHaveLength(1);
  });

  test("keeps what serves somebody since before a restart while what he asks for now can't be had", async () => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy);
    cluster.put("web", [443]);
    await cluster.work("web");
    cluster.restart(["one shop/web"]);
    refusePort(toy, 8443);
    cluster.put("web", [8443]);
    await expect(cluster.work("web")).rejects.toThrow("no 8443");
    cluster.put("dns", [53]);
    await cluster.work("dns");
    expect(firewall(toy)).toEqual([53, 443]);
  });
});

describe("it is known what all need", () => {
  const options = () => ({ clock: createFakeClock(), signal: new AbortController().signal });

  test("once strays whose class is there again have said it too, which nobody waits for", async () => {
    let left = true;
    const found = ["one shop/stray"];
    const strays = { found: () => (left ? [] : found.splice(0)), isAnyLeft: () => left };
    const completeness = createCompleteness(["one shop/web"], { ...options(), strays });
    completeness.saw("one shop/web");
    await completeness.wait(new AbortController().signal);
    expect(completeness.isComplete()).toBe(false);
    left = false;
    expect(completeness.isComplete()).toBe(false);
    completeness.saw("one shop/stray");
    expect(completeness.isComplete()).toBe(true);
  });

  test("also where a stray has said it before anybody asked", () => {
    const strays = { found: () => ["one shop/stray"], isAnyLeft: () => false };
    const completeness = createCompleteness([], { ...options(), strays });
    completeness.saw("one shop/stray");
    expect(completeness.isComplete()).toBe(true);
  });
});
