/** What `fairlead explain` says between an edit and the moment when a controller has handled it. */
import { expect, test } from "@jest/globals";
import type { Service } from "../../../src/api/kubernetes.ts";
import type { LoadBalancer } from "../../../src/api/load-balancer.ts";
import { explain } from "../../../src/cli/explain/explanation.ts";
import { render } from "../../../src/cli/explain/render.ts";
import { paintFor } from "../../../src/cli/output/paint.ts";
import type { Objects } from "../../../src/controllers/offline/object-store.ts";
import { createBareMetal } from "../../../src/providers/bare-metal/index.ts";
import { annotated, classSpec, held, loadBalancer, service } from "../core/objects.ts";

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

function told(edited: Service, lb: LoadBalancer, some: Partial<Objects> = {}) {
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
