/** The controller is killed again and again while users work: no address twice, none moved, none lost, and nobody left waiting (law 4). */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startApiProxy } from "../support/api-proxy.ts";
import { type Cluster, clusterOf } from "../support/cluster.ts";
import {
  type ControllerOptions,
  type ControllerProcess,
  type Controllers,
  controllersOf,
} from "../support/controller-process.ts";
import { eventually, install } from "../support/installation.ts";
import { ownControlPlane } from "../support/own-control-plane.ts";
import { testNamespace } from "../support/test-namespace.ts";
import { peopleOf } from "./people.ts";
import { poolsOf } from "./pools.ts";
import { randomFrom, seedOfRun } from "./random.ts";
import { faultsOf } from "./verdict.ts";
import { witnessOf } from "./witness.ts";

const ROUNDS = 10;
const CREATIONS = 50;

const controlPlane = ownControlPlane();
let cluster: Cluster;
let controllers: Controllers;

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  controllers = await controllersOf(controlPlane());
});
afterAll(async () => {
  await controllers?.end();
  cluster?.client.close();
});

test("killed at random points during 500 creations, deletions and edits of pools, it keeps and gives every address", async () => {
  const random = randomFrom(seedOfRun("killed at random"));
  const namespaces = [await testNamespace(controlPlane()), await testNamespace(controlPlane())];
  await cluster.createClass("metal", { default: true });
  const pools = poolsOf(cluster);
  await pools.create();
  const people = peopleOf({ cluster, pools, namespaces, random });
  const witness = await witnessOf(cluster.client);

  let controller = await controllers.start();
  for (let round = 0; round < ROUNDS; round++) {
    const work = people.work(CREATIONS);
    await witness.after(random.between(1, CREATIONS / 2));
    controller = await killAndRestart(controller);
    // Now and then also in the middle of its start, while it reads what is recorded.
    if (random.below(3) === 0) {
      await controller.said("The cache is filled");
      controller = await killAndRestart(controller);
    }
    await work;
  }
  await controller.said("The cache is filled");

  await eventually(
    async () => expect(await faultsOf(cluster, pools)).toEqual([]),
    "the cluster is as it should be",
  );
  const before = witness.held;
  expect(witness.breaches).toEqual([]);
  expect(before.size).toBeGreaterThan(250);

  // What a Service that waits was told of the pools may be old: a restart tells it anew.
  controller = await killAndRestart(controller);
  await controller.said("The cache is filled");
  await controller.settled(before.size);
  // After that nothing has changed, and nothing is written (law 7).
  const proxy = await startApiProxy(controlPlane());
  controller = await killAndRestart(controller, { server: proxy.server });
  await controller.said("The cache is filled");
  await controller.settled(before.size);
  await proxy.close();
  expect(proxy.seen.filter(({ method }) => method !== "GET")).toEqual([]);
  expect(witness.held).toEqual(before);
  expect(witness.breaches).toEqual([]);
  await witness.end();
});

async function killAndRestart(
  controller: ControllerProcess,
  o: ControllerOptions = {},
): Promise<ControllerProcess> {
  controller.kill("SIGKILL");
  await controller.ended;
  return controllers.start(o);
}
