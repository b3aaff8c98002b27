/** What `fairlead explain` says between a change and the moment when conditions tell of it. */
import { describe, expect, test } from "@jest/globals";
import type { Announcer } from "../../../src/api/announcer.ts";
import type { BGPAdvertisement } from "../../../src/api/bgp-advertisement.ts";
import type { Service } from "../../../src/api/kubernetes.ts";
import type { L2Advertisement } from "../../../src/api/l2-advertisement.ts";
import type { LoadBalancer } from "../../../src/api/load-balancer.ts";
import type { AnnouncingObjects } from "../../../src/cli/explain/announcing-objects.ts";
import { explain } from "../../../src/cli/explain/explanation.ts";
import { render } from "../../../src/cli/explain/render.ts";
import { paintFor } from "../../../src/cli/output/paint.ts";
import type { Objects } from "../../../src/controllers/offline/object-store.ts";
import { createBareMetal } from "../../../src/providers/bare-metal/index.ts";
import { annotated, classSpec, edgePool, held, loadBalancer, service } from "../core/objects.ts";

const nowMs = Date.parse("2026-01-03T00:00:00Z");
const lease = {
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name: "fairlead-controller", namespace: "fairlead-system" },
  spec: { holderIdentity: "pod-1", renewTime: "2026-01-02T23:59:59Z", leaseDurationSeconds: 15 },
};
const cls = {
  apiVersion: "fairlead.io/v1alpha1",
  kind: "LoadBalancerClass",
  metadata: { name: "metal", uid: "class-uid", generation: 1 },
  spec: {
    ...classSpec(),
    default: true,
    policy: { ...classSpec().policy, external: { from: "All" as const } },
  },
};

/** Made of the Service of `objects.ts`, and served. */
function served(generation: number, observedGeneration: number): LoadBalancer {
  const yes = (type: "Accepted" | "Programmed") =>
    ({
      type,
      status: "True",
      reason: type,
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    }) as const;
  const { metadata, ...lb } = loadBalancer({
    spec: { externalTrafficPolicy: "Cluster" },
    status: {
      ...held(),
      observedGeneration,
      conditions: [
        yes("Accepted"),
        yes("Programmed"),
        { ...yes("Accepted"), type: "Degraded", status: "False", reason: "AsExpected" },
      ],
    },
  });
  return { ...lb, metadata: { ...metadata, generation } };
}

function told(
  edited: Service,
  lb: LoadBalancer,
  some: Partial<Objects> = {},
  announcing?: AnnouncingObjects,
) {
  const namespaces = [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }];
  const explanation = explain(
    {
      service: edited,
      objects: {
        services: [edited],
        loadBalancers: [lb],
        classes: [cls],
        pools: [],
        namespaces,
        ...some,
      },
      classesKnown: true,
      events: [],
      lease,
      announcing,
    },
    [createBareMetal()],
    nowMs,
  );
  return { ...explanation, text: render(explanation, nowMs, paintFor({ isTTY: false })) };
}

test("of one on which all is done it says that nothing is to be done", () => {
  const { toDo, text } = told(service(), served(3, 3));
  expect(toDo).toEqual([]);
  expect(text).toContain("LoadBalancer shop/web: Ready\n");
  expect(text).not.toContain("Not worked on yet");
});

test("an edit of the Service that no controller has translated is told, with what differs", () => {
  const { toDo, text, loadBalancers } = told(
    annotated({ "fairlead.io/scheme": "external" }, { ports: [{ name: "tls", port: 443, protocol: "TCP" }] }),
    served(3, 3),
  );
  expect(loadBalancers[0]?.unhandledEdit).toBe("its Service says something else by now of scheme, ports");
  expect(text).toContain(
    "LoadBalancer shop/web: Ready, before the last edit\n  Not worked on yet: its Service",
  );
  expect(toDo).toEqual([expect.stringContaining("pod-1 leads: wait a moment")]);
});

test("an edit that was translated and is not served yet is told", () => {
  const { toDo, text } = told(service(), served(4, 3));
  expect(text).toContain("Not worked on yet: its spec is of generation 4, and what is told of it here is of");
  expect(toDo).toEqual([expect.stringContaining("wait a moment")]);
});

test("a warning that only the controller could give is no edit, nor is what can't be told without the namespace", () => {
  const warned = served(3, 3);
  const warnings = [{ reason: "ForeignStatusWriter", message: "overwritten by another" }];
  expect(told(service(), { ...warned, spec: { ...warned.spec, warnings } }).toDo).toEqual([]);
  const edited = annotated({ "fairlead.io/scheme": "external" });
  expect(told(edited, served(3, 3), { namespaces: [] }).toDo).toEqual([]);
});

describe("of an address that nobody announces, before a condition says so", () => {
  const lb: LoadBalancer = {
    ...served(3, 3),
    status: { ...served(3, 3).status, addresses: [{ ip: "192.0.2.1", ipMode: "VIP", pool: "edge" }] },
  };
  const announcing: AnnouncingObjects = {
    announcers: [{ metadata: { name: "a" }, status: { incarnation: 1, version: "1", state: "Ready" } }],
    l2Advertisements: [],
    bgpAdvertisements: [],
    bgpPeers: [],
    nodes: [{ metadata: { name: "a" } }],
    leases: [],
    sharers: [lb],
    services: new Map([["shop/web", service()]]),
    endpointSlices: new Map(),
  };
  const whatToDo = (some: Partial<AnnouncingObjects>, pool = edgePool) =>
    told(service(), lb, { pools: [pool] }, { ...announcing, ...some }).toDo.join("\n");
  const tor: BGPAdvertisement = {
    metadata: { name: "tor" },
    spec: { aggregationLength: 32, aggregationLengthV6: 128 },
    status: { acceptedSpec: { aggregationLength: 32, aggregationLengthV6: 128 } },
  };

  test("that a BGPAdvertisement has ended what its pool announced by itself", () => {
    expect(whatToDo({ bgpAdvertisements: [tor] })).toMatch(
      /^Wait: .* If this lasts, .*: nobody announces 192\.0\.2\.1: .* no L2Advertisement is for it: create one/,
    );
  });

  test("nothing is to be done where a node announces it, or where its pool is not to be announced", () => {
    const entry = { address: "192.0.2.1", protocol: "Layer2", state: "Announcing", mode: "Respond" } as const;
    const said = { epoch: 1, interfaces: ["eth0"], since: "", reason: "Placed", message: "" };
    const holder: Announcer = {
      metadata: { name: "a" },
      status: { incarnation: 1, version: "1", state: "Ready", addresses: [{ ...entry, ...said }] },
    };
    expect(whatToDo({ announcers: [holder] })).toBe("");
    const quiet = { ...edgePool, spec: { ...edgePool.spec, advertise: "None" as const } };
    expect(whatToDo({}, quiet)).toBe("");
  });

  test("once a condition says so, what to do does not lead back to this very command", () => {
    const conditions = (lb.status?.conditions ?? []).map((each) =>
      each.type === "Degraded" ? { ...each, status: "True" as const, reason: "NotAnnounced" } : each,
    );
    const degraded = { ...lb, status: { ...lb.status, conditions } };
    const { toDo } = told(service(), degraded, { pools: [edgePool] }, { ...announcing, sharers: [degraded] });
    expect(toDo).toEqual([
      "Do what the message says; the lines of the nodes above say of each why it does not announce the address.",
    ]);
  });

  test("that why is not known, to who may not see which nodes are selected", () => {
    const spec = { nodeSelectors: [{ matchLabels: { side: "left" } }] };
    const lefts: L2Advertisement = { metadata: { name: "lefts" }, spec, status: { acceptedSpec: spec } };
    expect(whatToDo({ l2Advertisements: [lefts], nodes: undefined })).toContain("you may not list Nodes");
    expect(whatToDo({ l2Advertisements: [lefts] })).toContain("no node that L2Advertisement lefts selects");
  });
});
