import { describe, expect, test } from "@jest/globals";
import { desired, dualFacts, facts, fields, node, type Surroundings, slice, type Wanted } from "./world.ts";

const ip = { targetType: "ip" };

function pod(address: string, conditions?: object) {
  return {
    addresses: [address],
    ...(conditions ? { conditions } : {}),
    targetRef: { kind: "Pod", name: "p" },
  };
}

describe("the targets of a port", () => {
  const rows: Record<
    string,
    [wanted: Wanted, around: Surroundings, targets: object[], where?: ReturnType<typeof facts>]
  > = {
    "are all nodes that take traffic, whatever the traffic policy": [
      { spec: { externalTrafficPolicy: "Local", healthCheckNodePort: 30999 } },
      {
        nodes: [
          node("b"),
          node("a"),
          node("c", { labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "" } }),
        ],
      },
      [
        { id: "i-0a", port: 30080 },
        { id: "i-0b", port: 30080 },
      ],
    ],
    "are nodes with the labels asked for": [
      { settings: { nodeLabels: { role: "edge" } } },
      { nodes: [node("a", { labels: { role: "edge" } }), node("b")] },
      [{ id: "i-0a", port: 30080 }],
    ],
    "leave out a node of another VPC": [
      {},
      { nodes: [node("a"), node("b")] },
      [{ id: "i-0a", port: 30080 }],
      facts({
        instances: {
          "i-0a": { vpc: "vpc-1", securityGroups: [] },
          "i-0b": { vpc: "vpc-2", securityGroups: [] },
        },
      }),
    ],
    "are pods at the port of their slice": [
      { settings: ip },
      {},
      [
        { id: "10.0.1.10", port: 8080 },
        { id: "10.0.2.20", port: 8080 },
      ],
    ],
    "are only pods that are ready, and of the Service's port": [
      { settings: ip },
      {
        slices: [
          slice({ endpoints: [pod("10.0.1.1"), pod("10.0.1.2", { ready: false })] }),
          slice({ ports: [{ name: "admin", protocol: "TCP", port: 9000 }] }),
        ],
      },
      [{ id: "10.0.1.1", port: 8080 }],
    ],
    "are pods that are going and still answer, while none is ready": [
      { settings: ip },
      {
        slices: [slice({ endpoints: [pod("10.0.1.1", { ready: false, serving: true, terminating: true })] })],
      },
      [{ id: "10.0.1.1", port: 8080 }],
    ],
    "outside the VPC are of all zones": [
      { settings: ip },
      { slices: [slice({ endpoints: [pod("192.168.7.7")] })] },
      [{ id: "192.168.7.7", port: 8080, zone: "all" }],
    ],
    "are of the first family of a Service that has both": [
      { settings: ip, spec: { ipFamilies: ["IPv6", "IPv4"], ipFamilyPolicy: "PreferDualStack" } },
      { slices: [slice(), slice({ addressType: "IPv6", endpoints: [pod("2001:DB8::7")] })] },
      [{ id: "2001:db8::7", port: 8080 }],
      dualFacts(),
    ],
    "have their address as server id for QUIC": [
      {
        settings: { ...ip, quicPorts: ["http"] },
        spec: { ports: [{ name: "http", port: 80, protocol: "UDP" }] },
      },
      {
        slices: [
          slice({ endpoints: [pod("10.0.1.10")], ports: [{ name: "http", protocol: "UDP", port: 443 }] }),
        ],
      },
      [{ id: "10.0.1.10", port: 443, quicServerId: "0x000000000a00010a" }],
    ],
  };
  test.each(Object.entries(rows))("%s", (_name, [wanted, around, targets, where]) => {
    expect(fields(desired(wanted, where ?? facts(), around), "targets/80").targets).toEqual(targets);
  });
});

describe("the health check", () => {
  const standard = {
    protocol: "TCP",
    port: "traffic-port",
    path: null,
    matcher: null,
    interval: 10,
    timeout: 10,
    healthy: 3,
    unhealthy: 3,
  };
  const local = {
    protocol: "HTTP",
    port: "30999",
    path: "/healthz",
    matcher: "200-399",
    interval: 10,
    timeout: 6,
    healthy: 2,
    unhealthy: 2,
  };
  const isLocal: Wanted["spec"] = { externalTrafficPolicy: "Local", healthCheckNodePort: 30999 };
  const rows: Record<string, [wanted: Wanted, check: object]> = {
    "is TCP at the traffic port": [{}, standard],
    "asks kube-proxy with policy Local": [{ spec: isLocal }, local],
    "is TCP for pods, whatever the policy": [{ spec: isLocal, settings: ip }, standard],
    "has what is asked for in the place of each": [
      { spec: isLocal, settings: { healthCheck: { protocol: "TCP", healthyThreshold: 5 } } },
      { ...local, protocol: "TCP", path: null, matcher: null, healthy: 5 },
    ],
    "has a path and codes with HTTP": [
      { settings: { healthCheck: { protocol: "HTTP" } } },
      { ...standard, protocol: "HTTP", path: "/", matcher: "200-399" },
    ],
    "waits no longer than a shorter interval": [
      { settings: { healthCheck: { intervalSeconds: 5 } } },
      { ...standard, interval: 5, timeout: 5 },
    ],
    "is at the target port of a named port, for pods": [
      { settings: { ...ip, healthCheck: { port: "http" } } },
      { ...standard, port: "8080" },
    ],
  };
  test.each(Object.entries(rows))("%s", (_name, [wanted, check]) => {
    expect(fields(desired(wanted), "target-group/80").healthCheck).toEqual(check);
  });
});

describe("the attributes of a target group", () => {
  const attributes = (wanted: Wanted) =>
    fields(desired(wanted), "target-group/80").attributes as Record<string, string>;
  const udp: Wanted["spec"] = { ports: [{ port: 80, protocol: "UDP", nodePort: 30080 }] };

  test.each<[string, Wanted, string]>([
    ["shown to nodes", {}, "true"],
    ["hidden from pods with TCP", { settings: ip }, "false"],
    ["shown to pods with UDP", { settings: ip, spec: udp }, "true"],
  ])("have the client %s, as AWS has it", (_name, wanted, value) => {
    expect(attributes(wanted)).toHaveProperty(["preserve_client_ip.enabled"], value);
  });

  test("keep clients at one target for a Service with affinity, unless told otherwise", () => {
    const spec = { sessionAffinity: "ClientIP" } as const;
    const off = { targetGroupAttributes: { "stickiness.enabled": "false" } };
    expect(attributes({ spec })).toHaveProperty(["stickiness.enabled"], "true");
    expect(attributes({ spec, settings: off })).toHaveProperty(["stickiness.enabled"], "false");
  });

  test("have PROXY protocol for the ports listed, or for all", () => {
    const key = ["proxy_protocol_v2.enabled"];
    expect(attributes({ settings: { proxyProtocolPorts: [80] } })).toHaveProperty(key, "true");
    expect(attributes({ settings: { proxyProtocol: true, proxyProtocolPorts: [81] } })).toHaveProperty(
      key,
      "true",
    );
    expect(attributes({})).toHaveProperty(key, "false");
  });
});

describe("who is let in", () => {
  const cidrs = (wanted: Wanted, where = facts()) =>
    (
      fields(
        desired(wanted, where),
        `security-group/${wanted.spec?.scheme === "external" ? "internet-facing" : "internal"}`,
      ).ingress as { source: { cidr?: string; prefixList?: string } }[]
    ).map(({ source }) => source.cidr ?? source.prefixList ?? "");
  const external = { scheme: "external" } as const;
  const dual = { ipAddressType: "dualstack" };
  const ranges = { sourceRanges: { internal: ["10.2.0.0/16", "2001:db8:2::/48"] } };
  const rows: Record<string, [wanted: Wanted, cidrs: string[], where?: ReturnType<typeof facts>]> = {
    "is the VPC for an internal load balancer, and not the world": [{}, ["10.0.0.0/16"]],
    "is the VPC in both families for a dual-stack one": [
      { settings: dual },
      ["10.0.0.0/16", "2001:db8::/56"],
      dualFacts(),
    ],
    "is everybody for an external one": [{ spec: external }, ["0.0.0.0/0"]],
    "is everybody in both families for an external dual-stack one": [
      { spec: external, settings: dual },
      ["0.0.0.0/0", "::/0"],
      dualFacts(),
    ],
    "is who the Service names, as EC2 writes it": [
      { spec: { sourceRanges: [" 10.1.2.3/16", "2001:DB8:1::/48"] }, settings: dual },
      ["10.1.0.0/16", "2001:db8:1::/48"],
      dualFacts(),
    ],
    "is who the class names, of the families there are": [{ cls: ranges }, ["10.2.0.0/16"]],
    "is prefix lists alone where only they are named": [{ settings: { prefixLists: ["pl-1"] } }, ["pl-1"]],
    "is prefix lists beside ranges": [
      { settings: { prefixLists: ["pl-1"] }, spec: { sourceRanges: ["10.1.0.0/16"] } },
      ["10.1.0.0/16", "pl-1"],
    ],
  };
  test.each(Object.entries(rows))("%s", (_name, [wanted, list, where]) => {
    expect(cidrs(wanted, where).sort()).toEqual(list);
  });

  test("has both protocols of a port that has both", () => {
    const of = desired({
      settings: { mergeTcpUdp: true },
      spec: {
        ports: [
          { name: "dns", port: 53, protocol: "TCP", nodePort: 30053 },
          { name: "dns-udp", port: 53, protocol: "UDP", nodePort: 30053 },
        ],
      },
    });
    expect(fields(of, "security-group/internal").ingress).toMatchObject([
      { protocol: "tcp" },
      { protocol: "udp" },
    ]);
  });
});
