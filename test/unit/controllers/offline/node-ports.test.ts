import { describe, expect, test } from "@jest/globals";
import type { Service, ServiceSpec } from "../../../../src/api/kubernetes.ts";
import { withNodePorts } from "../../../../src/controllers/offline/node-ports.ts";
import { loadBalancer } from "../../core/objects.ts";

const service = (name: string, spec: ServiceSpec): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "shop" },
  spec: { type: "LoadBalancer", ...spec },
});

/** Of each Service in turn; then that for health checks, where it has one. */
const nodePorts = (services: readonly Service[], lbs: Parameters<typeof withNodePorts>[1] = []) =>
  withNodePorts(services, lbs).services.map(({ spec }) => [
    ...(spec?.ports ?? []).map(({ nodePort }) => nodePort),
    ...(spec?.healthCheckNodePort === undefined ? [] : [spec.healthCheckNodePort]),
  ]);

describe("node ports of Services from manifests", () => {
  test("are the lowest that nobody names, and are told", () => {
    const services = [
      service("web", { ports: [{ port: 80 }, { port: 443 }] }),
      service("api", { ports: [{ port: 80, nodePort: 30_001 }] }),
      service("mail", { ports: [{ port: 25 }] }),
    ];
    expect(nodePorts(services)).toEqual([[30_000, 30_002], [30_001], [30_003]]);
    expect(withNodePorts(services, []).standIns).toEqual([30_000, 30_002, 30_003]);
  });

  test.each<[string, ServiceSpec, readonly (number | undefined)[]]>([
    [
      "are the same for TCP and UDP of one port",
      {
        ports: [
          { port: 53, protocol: "TCP" },
          { port: 53, protocol: "UDP" },
        ],
      },
      [30_000, 30_000],
    ],
    [
      "come with one for health checks if the policy is Local",
      { ports: [{ port: 80 }], externalTrafficPolicy: "Local" },
      [30_000, 30_001],
    ],
    [
      "are none where the Service wants none",
      { ports: [{ port: 80 }], allocateLoadBalancerNodePorts: false },
      [undefined],
    ],
    ["are none for other Services", { type: "ClusterIP", ports: [{ port: 80 }] }, [undefined]],
  ])("%s", (_name, spec, expected) => {
    expect(nodePorts([service("web", spec)])).toEqual([expected]);
  });

  test("are those that its load balancer has recorded", () => {
    const recorded = loadBalancer({
      name: "web",
      spec: {
        serviceRef: { name: "web", uid: "u-1" },
        ports: [{ port: 80, protocol: "TCP", nodePort: 31_234 }],
      },
    });
    const web = service("web", { ports: [{ port: 80 }, { port: 443 }] });
    expect(nodePorts([web], [recorded])).toEqual([[31_234, 30_000]]);
    expect(nodePorts([service("other", { ports: [{ port: 80 }] })], [recorded])).toEqual([[30_000]]);
  });
});
