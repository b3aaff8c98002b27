/** Somebody removes what keeps LoadBalancers from vanishing, or the LoadBalancers themselves: AWS notices nothing. */
import { expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { finalizer } from "../../../src/api/names.ts";
import { breakGlassClient } from "../support/cluster.ts";
import { eventually } from "../support/installation.ts";
import { vanish } from "../support/vanish.ts";
import { type Ref, seen, served } from "./served.ts";
import { awsWorld } from "./support.ts";

const world = awsWorld();

const operations = () =>
  [
    ...new Set(
      world()
        .written()
        .map(({ operation }) => operation),
    ),
  ].sort();

/** What others see of a load balancer: all but the marks. */
async function shape(ref: Ref) {
  const { tags: _tags, ...rest } = await seen(world(), ref);
  return rest;
}

test("a Service whose finalizer is removed costs no call, and gets it back", async () => {
  const { aws, cluster } = world();
  const ref = await served(world(), "web");
  const before = await seen(world(), ref);
  aws.clearCalls();
  for (let round = 0; round < 5; round++) {
    await cluster.edit(services, ref, { metadata: { finalizers: null } });
    await eventually(async () => {
      expect((await cluster.service(ref)).metadata.finalizers).toContain(finalizer);
    }, "it is back");
  }
  await world().applied(ref);
  expect(operations()).toEqual([]);
  expect(await seen(world(), ref)).toEqual(before);
});

test("a LoadBalancer that is deleted by force is made anew with what it had, before a restart and after", async () => {
  const { aws, cluster, controlPlane } = world();
  const breakGlass = await breakGlassClient(controlPlane);
  const ref = await served(world(), "web");
  const address = await world().served(ref);
  const before = await shape(ref);
  const remade = async (uid: string | undefined) => {
    await eventually(async () => {
      expect((await cluster.client.get(loadBalancers, ref)).metadata.uid).not.toBe(uid);
    }, "it is made anew");
    await world().applied(ref);
    expect(await world().served(ref)).toBe(address);
    expect(await shape(ref)).toEqual(before);
  };
  aws.clearCalls();
  try {
    await remade((await vanish(breakGlass, ref)).metadata.uid);
    await world().operator().stop();
    const lost = await vanish(breakGlass, ref);
    await world().restart();
    await remade(lost.metadata.uid);
  } finally {
    breakGlass.close();
  }
  // The marks name the LoadBalancer, and nothing else has changed.
  expect(operations()).toEqual(["AddTags", "CreateTags"]);
});
