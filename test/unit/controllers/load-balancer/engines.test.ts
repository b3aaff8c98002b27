import { describe, expect, test } from "@jest/globals";
import type { KnownClass } from "../../../../src/controllers/classes.ts";
import { createEngines } from "../../../../src/controllers/load-balancer/engines.ts";
import { createStacks } from "../../../../src/controllers/load-balancer/stacks.ts";
import { objectStore } from "../../../../src/controllers/offline/object-store.ts";
import type { GraphProvider } from "../../../../src/providers/provider.ts";
import { silentLogger } from "../../../../src/runtime/logger.ts";
import { createFakeClock } from "../../../../src/testing/fake-clock.ts";
import { toyClass, toyNetwork } from "./engine/toy-network.ts";

const kubeSystem = { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system", uid: "cluster" } };

function engines(o: { namespaces?: (typeof kubeSystem)[]; provider: GraphProvider }) {
  const { informers } = objectStore({
    services: [],
    classes: [],
    pools: [],
    namespaces: o.namespaces ?? [kubeSystem],
    loadBalancers: [],
  });
  const cls = toyClass("one");
  const known: KnownClass = {
    name: "one",
    object: cls,
    provider: o.provider,
    force: { state: "accepted", spec: cls.spec, refusal: undefined },
  };
  const classes = { get: () => known, claimable: () => [] };
  return createEngines({
    classes,
    informers,
    stacks: createStacks(classes, informers),
    clock: createFakeClock(),
    logger: silentLogger,
    signal: new AbortController().signal,
    guard: () => {},
    enqueue: () => {},
  });
}

describe("the engine of a provider", () => {
  test("is begun when it is first needed, once, with what marks this cluster's resources", () => {
    const started: string[] = [];
    const provider: GraphProvider = {
      ...toyNetwork().provider,
      start: ({ clusterUid }) => void started.push(clusterUid),
    };
    const all = engines({ provider });
    expect(started).toEqual([]);
    expect(all.of(provider)).toBe(all.of(provider));
    expect(started).toEqual(["cluster"]);
  });

  test("is not begun where the cluster can't be told from others", () => {
    const { provider } = toyNetwork();
    expect(() => engines({ provider, namespaces: [] }).of(provider)).toThrow("kube-system");
  });
});
