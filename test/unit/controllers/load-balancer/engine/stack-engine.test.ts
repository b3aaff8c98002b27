import { describe, expect, test } from "@jest/globals";
import { VERIFY_PERIOD_MS } from "../../../../../src/controllers/load-balancer/engine/verify-times.ts";
import { CloudError } from "../../../../../src/core/plan/cloud-error.ts";
import { toyCluster, toyNetwork } from "./toy-network.ts";

describe("what exists is remembered", () => {
  test("an unchanged stack costs no call, also after a restart; an edit costs its writes and no look", async () => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy);
    cluster.put("web", [80]);
    await cluster.work("web");
    expect(toy.writes).toEqual(["create network/firewall [80]", "create shop/web/balancer [80]"]);
    const looks = toy.observed.length;
    await cluster.work("web");
    cluster.put("web", [80, 81]);
    await cluster.work("web");
    expect(toy.writes.slice(2)).toEqual([
      "update network/firewall [80,81]",
      "update shop/web/balancer [80,81]",
    ]);
    expect(toy.observed).toHaveLength(looks);
    cluster.restart(["one shop/web"]);
    await cluster.work("web");
    expect(toy.observed).toHaveLength(looks);
    expect(toy.writes).toHaveLength(4);
  });

  test("but not beyond the verify period: what others changed is put right, and at the start it is spread", async () => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy);
    cluster.put("web", [80]);
    await cluster.work("web");
    const [balancer] = [...toy.resources.values()].filter(({ kind }) => kind === "balancer");
    const spoil = () =>
      toy.resources.set(balancer?.cloudId ?? "", {
        ...(balancer as NonNullable<typeof balancer>),
        fields: { ports: [1] },
      });
    spoil();
    await cluster.work("web");
    expect(toy.writes).toHaveLength(2);
    await cluster.clock.advance(1.3 * VERIFY_PERIOD_MS);
    await cluster.work("web");
    expect(toy.writes.at(-1)).toBe("update shop/web/balancer [80]");
    cluster.restart(["one shop/web"]);
    spoil();
    const { againAfterMs } = await cluster.work("web");
    expect(againAfterMs).toBeLessThanOrEqual(VERIFY_PERIOD_MS);
    await cluster.clock.advance(againAfterMs);
    await cluster.work("web");
    expect(toy.writes.at(-1)).toBe("update shop/web/balancer [80]");
    expect(toy.writes).toHaveLength(4);
  });

  test("a failed operation makes it look again; nothing is taken as applied before the last write", async () => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy);
    cluster.put("web", [80]);
    await cluster.work("web");
    cluster.put("web", [81]);
    toy.before = ({ id }) => {
      if (id === "balancer") throw new CloudError("retry", "the cloud is tired");
    };
    const report = await cluster.work("web");
    expect(report.failures.map(String)).toEqual(["CloudError: the cloud is tired"]);
    expect(cluster.unsettled).toEqual(["web", "web"]);
    expect(cluster.status("web")?.appliedHash).toBeUndefined();
    expect(cluster.status("web")?.addresses).toHaveLength(1);
    // The edit is taken back while nobody looks: half of it may have been done.
    cluster.put("web", [80]);
    cluster.restart(["one shop/web"]);
    toy.before = () => {};
    const looks = toy.observed.length;
    await cluster.work("web");
    expect(toy.observed.length).toBeGreaterThan(looks);
    expect(cluster.status("web")?.appliedHash).toBeDefined();
  });

  test("of a stack that was taken away in full it is known that nothing is left; after a failure or a restart it is not", async () => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy);
    cluster.put("web", [80]);
    await cluster.work("web");
    expect(cluster.forget("web")).toBe(false);
    await cluster.work("web");
    toy.before = ({ id }) => {
      if (id === "balancer") throw new CloudError("retry", "the cloud is tired");
    };
    await cluster.work("web", { leaving: true });
    expect(cluster.forget("web")).toBe(false);
    toy.before = () => {};
    await cluster.work("web", { leaving: true });
    expect(toy.resources.size).toBe(0);
    expect(cluster.forget("web")).toBe(true);
    expect(cluster.forget("web")).toBe(false);
  });

  test("what a new process only has to delete is looked at as such, and what it does not delete is looked at anew", async () => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy, { policy: { deletion: "Retain" } });
    cluster.put("web", [80]);
    await cluster.work("web");
    cluster.restart(["one shop/web"]);
    await cluster.work("web", { leaving: true });
    expect(toy.going).toEqual(["shop/web"]);
    const looks = toy.observed.length;
    cluster.put("web", [81]);
    await cluster.work("web");
    expect(toy.observed.slice(looks)).toContainEqual(["shop/web"]);
    expect(toy.going).toEqual(["shop/web"]);
  });

  test("while the cloud is at work only that is asked for again, and the address comes when it is done", async () => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy);
    toy.slow = true;
    cluster.put("web", [80]);
    const { againAfterMs } = await cluster.work("web");
    expect(cluster.status("web")?.addresses).toEqual([]);
    expect(againAfterMs).toBeLessThanOrEqual(10_000);
    await cluster.work("web");
    expect(toy.polled).toEqual([]);
    await cluster.clock.advance(10_000);
    await cluster.work("web");
    expect(toy.polled).toEqual([["shop/web"]]);
    expect(cluster.status("web")?.addresses).toHaveLength(1);
    expect(cluster.status("web")?.appliedHash).toBeDefined();
  });
});

test.each([
  ["invalid", 0.9 * VERIFY_PERIOD_MS],
  ["quota", 9 * 60_000],
] as const)(
  "what the cloud refuses as %s is not tried again for nothing, but after an edit and in time",
  async (as, vainMs) => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy);
    let tries = 0;
    toy.before = ({ kind }) => {
      if (kind === "balancer") {
        tries += 1;
        throw new CloudError(as, "no");
      }
    };
    cluster.put("web", [80]);
    await cluster.work("web");
    const looks = toy.observed.length;
    await cluster.clock.advance(vainMs);
    const again = await cluster.work("web");
    expect([tries, toy.observed.length, again.failures.length]).toEqual([1, looks, 1]);
    cluster.put("web", [81]);
    await cluster.work("web");
    expect(tries).toBe(2);
    await cluster.clock.advance(1.3 * VERIFY_PERIOD_MS);
    await cluster.work("web");
    expect(tries).toBe(3);
  },
);

describe("what several stacks share", () => {
  test("is widened before its users, across classes, and narrowed after the last of them lets go", async () => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy);
    cluster.put("web", [80]);
    cluster.put("dns", [53]);
    await Promise.all([cluster.work("web"), cluster.work("dns", { className: "two" })]);
    const firewall = () => [...toy.resources.values()].find(({ kind }) => kind === "firewall")?.fields.ports;
    expect(firewall()).toEqual([53, 80]);
    toy.writes.length = 0;
    cluster.put("web", [8080]);
    await cluster.work("web");
    expect(toy.writes).toEqual([
      "update network/firewall [53,80,8080]",
      "update shop/web/balancer [8080]",
      "update network/firewall [53,8080]",
    ]);
    toy.writes.length = 0;
    expect((await cluster.work("dns", { className: "two", leaving: true })).left.size).toBe(0);
    expect((await cluster.work("web", { leaving: true })).left.size).toBe(0);
    expect(toy.writes).toEqual([
      "delete shop/dns/balancer",
      "update network/firewall [8080]",
      "delete shop/web/balancer",
      "delete network/firewall",
    ]);
    expect(toy.resources.size).toBe(0);
  });

  test("holds up the last who needed it until it is gone, for it may be in use for a while", async () => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy);
    cluster.put("web", [80]);
    await cluster.work("web");
    toy.before = ({ do: what, kind }) => {
      if (what === "delete" && kind === "firewall") throw new CloudError("retry", "it is in use");
    };
    await expect(cluster.work("web", { leaving: true })).rejects.toThrow("it is in use");
    await expect(cluster.work("web", { leaving: true })).rejects.toThrow("it is in use");
    toy.before = () => {};
    const { left, failures } = await cluster.work("web", { leaving: true });
    expect([left.size, failures.length, toy.resources.size]).toEqual([0, 0, 0]);
  });

  test("goes with the last who needed it, though the process that deleted that one died before", async () => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy);
    cluster.put("web", [80]);
    await cluster.work("web");
    toy.before = ({ do: what, kind }) => {
      if (what === "delete" && kind === "firewall") throw new CloudError("retry", "it is in use");
    };
    await expect(cluster.work("web", { leaving: true })).rejects.toThrow("it is in use");
    toy.before = () => {};
    cluster.restart(["one shop/web"]);
    toy.writes.length = 0;
    await cluster.work("web", { leaving: true });
    expect(toy.writes).toEqual(["delete network/firewall"]);
  });

  test("loses nothing at a start before everybody has said what he needs", async () => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy);
    cluster.put("web", [80]);
    cluster.put("dns", [53]);
    await cluster.work("web");
    await cluster.work("dns");
    cluster.restart(["one shop/web", "one shop/dns"]);
    toy.writes.length = 0;
    cluster.put("web", [81]);
    // It waits for the other a while, then only adds.
    const changed = cluster.work("web");
    await cluster.clock.advance(20_000);
    await changed;
    expect(toy.writes).toEqual(["update network/firewall [53,80,81]", "update shop/web/balancer [81]"]);
    await cluster.work("dns");
    cluster.put("web", [82]);
    await cluster.work("web");
    expect(toy.writes.at(-1)).toBe("update network/firewall [53,82]");
  });

  test("and what is its own stays with a member that can't be served as it asks now, also after a restart", async () => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy);
    cluster.put("web", [80]);
    cluster.put("dns", [53]);
    await cluster.work("web");
    await cluster.work("dns");
    const before = [...toy.resources.values()];
    toy.badPort = 80;
    const { outcomes } = await cluster.work("web");
    expect(outcomes.get("shop/web")?.problems.map(({ reason }) => reason)).toEqual(["NoSubnets"]);
    expect(cluster.status("web")?.addresses).toHaveLength(1);
    await cluster.work("dns");
    cluster.restart(["one shop/web", "one shop/dns"]);
    await cluster.work("web");
    cluster.put("dns", [54]);
    const changed = cluster.work("dns");
    await cluster.clock.advance(20_000);
    await changed;
    expect(toy.resources.get("firewall-1")?.fields.ports).toEqual([53, 54, 80]);
    expect([...toy.resources.values()].map(({ cloudId }) => cloudId)).toEqual(
      before.map(({ cloudId }) => cloudId),
    );
    toy.badPort = -1;
    await cluster.work("web");
    cluster.put("dns", [55]);
    await cluster.work("dns");
    expect(toy.resources.get("firewall-1")?.fields.ports).toEqual([55, 80]);
  });

  test("is told to all who need it when it can't be had, and they wait", async () => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy);
    toy.before = ({ kind }) => {
      if (kind === "firewall")
        throw new CloudError("permission", "ec2:AuthorizeSecurityGroupIngress is not allowed");
    };
    cluster.put("web", [80]);
    await expect(cluster.work("web")).rejects.toThrow("is not allowed");
    expect(toy.resources.size).toBe(0);
  });
});

describe("the class decides", () => {
  test("that drift is only reported", async () => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy, { policy: { drift: "Report" } });
    cluster.put("web", [80]);
    await cluster.work("web");
    for (const resource of toy.resources.values()) {
      if (resource.kind === "balancer")
        toy.resources.set(resource.cloudId, { ...resource, fields: { ...resource.fields, ports: [1] } });
    }
    await cluster.clock.advance(1.3 * VERIFY_PERIOD_MS);
    const { outcomes } = await cluster.work("web");
    expect(outcomes.get("shop/web")?.problems.map(({ reason }) => reason)).toEqual(["Drifted"]);
    expect(cluster.status("web")?.drift).toEqual([
      { kind: "balancer", id: "balancer-2", field: "ports", wanted: "[80]", found: "[1]" },
    ]);
    expect(toy.writes).toHaveLength(2);
  });

  test("that what was made stays when its Service goes, and what others need with it", async () => {
    const toy = toyNetwork();
    const cluster = toyCluster(toy, { policy: { deletion: "Retain" } });
    cluster.put("web", [80]);
    await cluster.work("web");
    const report = await cluster.work("web", { leaving: true });
    expect([report.left.size, report.failures.length]).toEqual([0, 0]);
    expect(toy.resources.size).toBe(2);
  });
});

test("what is released keeps its address and is not touched any more", async () => {
  const toy = toyNetwork();
  const cluster = toyCluster(toy);
  cluster.put("web", [80]);
  await cluster.work("web");
  cluster.put("web", [80], { release: true });
  await cluster.work("web");
  expect(cluster.status("web")).toMatchObject({
    released: true,
    addresses: [{ hostname: "balancer-2.example" }],
  });
  const writes = toy.writes.length;
  const looks = toy.observed.length;
  await cluster.work("web");
  expect([toy.writes.length, toy.observed.length]).toEqual([writes, looks]);
});

test("what is released takes along what it alone needed of what is shared, and both stay when its object goes", async () => {
  const toy = toyNetwork();
  const cluster = toyCluster(toy);
  for (const name of ["web", "api"]) {
    cluster.put(name, [80]);
    await cluster.work(name);
  }
  cluster.put("web", [80], { release: true });
  await cluster.work("web");
  const firewall = () => [...toy.resources.values()].find(({ kind }) => kind === "firewall");
  expect(firewall()?.ours).toBe(true);
  cluster.put("api", [80], { release: true });
  await cluster.work("api");
  expect(firewall()?.ours).toBe(false);
  const there = [...toy.resources.keys()];
  cluster.restart();
  for (const name of ["web", "api"]) {
    const report = await cluster.work(name, { leaving: true });
    expect([report.left.size, report.failures.length]).toEqual([0, 0]);
  }
  expect([...toy.resources.keys()]).toEqual(there);
  expect(toy.writes.filter((write) => write.startsWith("delete"))).toEqual([]);
});
