/** Another controller that writes the status of our Services: asserted again three times, then told, then left in peace for a while. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { services } from "../../src/api/kubernetes.ts";
import { loadBalancers } from "../../src/api/load-balancer.ts";
import type { ObjectRef } from "../../src/runtime/kube/client.ts";
import { createFakeClock } from "../../src/testing/fake-clock.ts";
import { type Cluster, clusterOf } from "./support/cluster.ts";
import { eventually, install, type RunningOperator, startOperator } from "./support/installation.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

const controlPlane = ownControlPlane();
const clock = createFakeClock({ startMs: Date.now() });
const metal = { loadBalancerClass: "fairlead.io/metal" };
const THEIRS = "198.51.100.9";
let cluster: Cluster;
let operator: RunningOperator;

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  operator = await startOperator(controlPlane(), { clock });
  await cluster.createPool("edge", { addresses: ["192.0.2.0/24"] });
  await cluster.createClass("metal");
});
afterAll(async () => {
  await operator?.stop();
  cluster?.client.close();
});

async function overwrite(ref: ObjectRef, ingress: readonly object[] = [{ ip: THEIRS }]): Promise<void> {
  await cluster.client.patch(
    services,
    ref,
    { status: { loadBalancer: { ingress } } },
    { type: "merge", subresource: "status", fieldManager: "rival-controller" },
  );
}

/** Moves the clock on in small steps until it holds; gives the time that took on that clock. */
async function advanceUntil(attempt: () => Promise<void>, what: string, stepMs: number): Promise<number> {
  let passedMs = 0;
  await eventually(async () => {
    try {
      await attempt();
    } catch (error) {
      passedMs += stepMs;
      await clock.advance(stepMs);
      throw error;
    }
  }, what);
  return passedMs;
}

async function reasonsOf(ref: ObjectRef): Promise<string[]> {
  const { status } = await cluster.service(ref);
  return (status?.conditions ?? []).map(({ reason }) => reason).sort();
}

describe("a status that another controller keeps overwriting", () => {
  test("is written again three times with growing delay, then slowly, with the other's name told until it stops", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "contested" };
    await cluster.createService(namespace, "contested", { spec: metal });
    const ours = await cluster.served(ref);
    const isOurs = async () => expect(await cluster.addresses(ref)).toEqual(ours);

    const delays: number[] = [];
    for (const stepMs of [250, 500, 1_000]) {
      await overwrite(ref);
      delays.push(await advanceUntil(isOurs, "asserted again", stepMs));
    }
    const [first = 0, second = 0, third = 0] = delays;
    expect(first).toBeGreaterThanOrEqual(1_000);
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(second);

    await overwrite(ref);
    const isTold = async () => expect(await reasonsOf(ref)).toEqual(["ForeignStatusWriter", "Programmed"]);
    await advanceUntil(isTold, "the Service says so", 500);
    const told = await cluster.condition(loadBalancers, ref, "Degraded", "ForeignStatusWriter");
    expect(told.message).toContain('is overwritten by "rival-controller"');
    expect(await cluster.addresses(ref)).toEqual([THEIRS]);
    await eventually(async () => {
      expect(
        (await cluster.events(ref)).filter((event) => event.includes("ForeignStatusWriter")),
      ).toHaveLength(1);
    }, "one Event says so");

    // It is not fought over any more, by whatever number of overwrites...
    const before = operator.writes.length;
    for (let round = 0; round < 5; round++) await overwrite(ref, [{ ip: `198.51.100.${round}` }]);
    await cluster.createService(namespace, "marker", { spec: metal });
    await cluster.served({ namespace, name: "marker" });
    const written = operator.writes.slice(before).filter((write) => write.includes("/contested"));
    expect(written.filter((write) => write.includes("/services/"))).toEqual([]);
    // ... and tried once in a long while.
    const slow = await advanceUntil(isOurs, "asserted once more", 20_000);
    expect(slow).toBeGreaterThan(300_000);

    const isWell = async () => expect(await reasonsOf(ref)).toEqual(["Programmed"]);
    await advanceUntil(isWell, "the other has stopped", 5_000);
    await isOurs();
    const lb = await cluster.loadBalancer(ref);
    expect(lb.spec.warnings).toBeUndefined();
  });

  test("and a bad edit meanwhile cost a bounded number of writes, and both are told", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "twice" };
    await cluster.createService(namespace, "twice", { spec: metal });
    const ours = await cluster.served(ref);
    for (const stepMs of [250, 500, 1_000]) {
      await overwrite(ref);
      await advanceUntil(
        async () => expect(await cluster.addresses(ref)).toEqual(ours),
        "asserted again",
        stepMs,
      );
    }
    await overwrite(ref);
    await advanceUntil(
      async () => expect(await reasonsOf(ref)).toEqual(["ForeignStatusWriter", "Programmed"]),
      "told",
      500,
    );
    await cluster.edit(services, ref, { metadata: { annotations: { "fairlead.io/addresses": "x" } } });
    const told = await cluster.condition(loadBalancers, ref, "Degraded", "SpecRefused");
    expect(told.message).toContain("rival-controller");
    await cluster.edit(services, ref, { metadata: { labels: { touched: "once" } } });
    await cluster.createService(namespace, "marker", { spec: metal });
    await cluster.served({ namespace, name: "marker" });
    const lb = await cluster.loadBalancer(ref);
    expect(lb.spec.warnings?.map(({ reason }) => reason)).toEqual(["ForeignStatusWriter"]);
  });
});

test("a status that is emptied once by somebody is filled again", async () => {
  const namespace = await testNamespace(controlPlane());
  const ref = { namespace, name: "emptied" };
  await cluster.createService(namespace, "emptied", { spec: metal });
  const ours = await cluster.served(ref);
  await overwrite(ref, []);
  await advanceUntil(async () => expect(await cluster.addresses(ref)).toEqual(ours), "filled again", 250);
});
