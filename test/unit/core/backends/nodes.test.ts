import { describe, expect, test } from "@jest/globals";
import type { Node } from "../../../../src/api/kubernetes.ts";
import { eligibleNodes } from "../../../../src/core/backends/nodes.ts";
import { stripNode } from "../../../../src/core/backends/strip.ts";

type Taints = NonNullable<NonNullable<Node["spec"]>["taints"]>;
interface Given {
  name?: string;
  labels?: Record<string, string>;
  taints?: Taints;
  ready?: "True" | "False" | "Unknown" | undefined;
  going?: boolean;
  cordoned?: boolean;
}

function node(given: Given = {}): Node {
  const { name = "a", labels, taints, ready = "True", going = false, cordoned = false } = given;
  const known = "ready" in given && given.ready === undefined ? [] : [{ type: "Ready", status: ready }];
  return {
    metadata: { name, labels, ...(going ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}) },
    spec: {
      providerID: `aws:///eu-west-1a/i-${name}`,
      taints,
      unschedulable: cordoned,
      podCIDRs: ["10.0.0.0/24"],
    },
    status: { conditions: [{ type: "DiskPressure", status: "False" as const }, ...known] },
  };
}
const chosen = (nodes: Node[], labels?: Record<string, string>) => {
  const { nodes: taken, leftOut, failsOpen } = eligibleNodes(nodes, { labels });
  return { taken: taken.map(({ metadata }) => metadata.name), leftOut, failsOpen };
};
const why = (given: Given, labels?: Record<string, string>) =>
  chosen([node({ name: "z" }), node(given)], labels).leftOut.find(({ name }) => name === "a")?.why;

describe("traffic is taken by", () => {
  test.each<[string, Given]>([
    ["a ready node", {}],
    [
      "a cordoned one: what runs on it still runs",
      { cordoned: true, taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }] },
    ],
    [
      "one of the control plane, unless it says otherwise",
      { labels: { "node-role.kubernetes.io/control-plane": "" } },
    ],
    [
      "one that Karpenter only prefers to disrupt",
      { taints: [{ key: "karpenter.sh/disrupted", effect: "PreferNoSchedule" }] },
    ],
  ])("%s", (_sentence, given) => {
    expect(why(given)).toBeUndefined();
  });

  test.each<[string, Given, RegExp]>([
    [
      "no node that is excluded by its label, whatever the value",
      { labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "false" } },
      /label node\.kubernetes\.io\/exclude/,
    ],
    [
      "no node excluded by the label's first form",
      { labels: { "alpha.service-controller.kubernetes.io/exclude-balancer": "" } },
      /exclude-balancer/,
    ],
    ["no master", { labels: { "node-role.kubernetes.io/master": "" } }, /node-role/],
    ["no Fargate", { labels: { "eks.amazonaws.com/compute-type": "fargate" } }, /fargate/],
    [
      "none that the autoscaler is about to delete",
      { taints: [{ key: "ToBeDeletedByClusterAutoscaler", value: "1700000000", effect: "NoSchedule" }] },
      /about to go/,
    ],
    [
      "none that Karpenter is about to disrupt",
      { taints: [{ key: "karpenter.sh/disrupted", effect: "NoSchedule" }] },
      /about to go/,
    ],
    ["none that is being deleted", { going: true }, /being deleted/],
    ["none that is not ready", { ready: "False" }, /not ready/],
    ["none that is not heard of, while others are ready", { ready: "Unknown" }, /Ready=Unknown/],
    ["none that has not said whether it is ready", { ready: undefined }, /not said yet/],
  ])("%s", (_sentence, given, reason) => {
    expect(why(given)).toMatch(reason);
  });

  test("the nodes with certain labels, where that is asked for", () => {
    const nodes = [
      node({ name: "b", labels: { role: "ingress", size: "l" } }),
      node({ labels: { role: "worker" } }),
    ];
    expect(chosen(nodes, { role: "ingress" })).toMatchObject({
      taken: ["b"],
      leftOut: [{ name: "a", why: "has not the label role=ingress" }],
    });
  });

  test("those of which nothing is known, where none is ready, but never by those that are out for another reason", () => {
    const nodes = [
      node({ name: "c", ready: "Unknown" }),
      node({ name: "b", ready: "False" }),
      node({ name: "a", ready: "Unknown", going: true }),
    ];
    expect(chosen(nodes)).toMatchObject({ taken: ["c"], failsOpen: true });
    expect(chosen([node({ ready: "False" })])).toMatchObject({ taken: [], failsOpen: false });
  });

  test("the same, whatever the order of the nodes, and when only what the cache keeps is known of them", () => {
    const nodes = [
      node({ name: "b" }),
      node({ name: "a", cordoned: true }),
      node({ name: "c", taints: [{ key: "karpenter.sh/disrupted", effect: "NoSchedule" }] }),
      node({ name: "d", labels: { "node-role.kubernetes.io/master": "" } }),
    ];
    const told = chosen(nodes);
    expect(told.taken).toEqual(["a", "b"]);
    expect(chosen(nodes.toReversed())).toEqual(told);
    expect(chosen(nodes.map(stripNode))).toEqual(told);
  });
});

test("of a node the cache keeps what leads to it, and not what changes with every heartbeat", () => {
  const given = {
    ...node({ labels: { zone: "a" }, taints: [{ key: "x", effect: "NoSchedule" }] }),
    metadata: {
      name: "a",
      labels: { zone: "a" },
      annotations: { big: "x".repeat(1000) },
      resourceVersion: "7",
    },
    status: {
      addresses: [{ type: "InternalIP", address: "10.0.0.1" }],
      conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: "2026-01-01T00:00:00Z" }],
      images: [{ names: ["x"] }],
    },
  } as unknown as Node;
  expect(JSON.parse(JSON.stringify(stripNode(given)))).toEqual({
    metadata: { name: "a", labels: { zone: "a" }, resourceVersion: "7" },
    spec: { providerID: "aws:///eu-west-1a/i-a" },
    status: {
      addresses: [{ type: "InternalIP", address: "10.0.0.1" }],
      conditions: [{ type: "Ready", status: "True" }],
    },
  });
});
