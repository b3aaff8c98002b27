import { describe, expect, test } from "@jest/globals";
import type { Json } from "../../../../../src/core/plan/types.ts";
import type { AwsFacts } from "../../../../../src/providers/aws/model/facts.ts";
import { awsServiceSettings } from "../../../../../src/providers/aws/settings/service-settings.ts";
import type { Desired } from "../../../../../src/providers/provider.ts";
import { desired, dualFacts, facts, fields, type Wanted } from "./world.ts";

interface Row {
  readonly settings: Record<string, unknown>;
  readonly spec?: Wanted["spec"];
  readonly where?: AwsFacts;
  readonly shows: (of: Desired) => unknown;
  readonly is: unknown;
}

const balancer = (of: Desired) => fields(of, "load-balancer");
const group = (of: Desired) => fields(of, "target-group/80");
const listener = (of: Desired) => fields(of, "listener/80");
const attribute = (key: string, from: (of: Desired) => Record<string, Json>) => (of: Desired) =>
  (from(of).attributes as Record<string, string>)[key];
const external = { scheme: "external" } as const;
const subnets = ["subnet-a1", "subnet-b2"];
const certificate = "arn:aws:acm:eu-west-1:123456789012:certificate/one";
const second = "arn:aws:acm:eu-west-1:123456789012:certificate/two";
const foreign = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/else/0123456789abcdef";
const tls = { certificates: [certificate] };
const both: Wanted["spec"] = {
  ports: [
    { name: "dns", port: 80, protocol: "TCP", nodePort: 30053, targetPort: 53 },
    { name: "dns-udp", port: 80, protocol: "UDP", nodePort: 30053, targetPort: 53 },
  ],
};
const udp: Wanted["spec"] = { ports: [{ port: 80, protocol: "UDP", nodePort: 30080, targetPort: 8080 }] };

/** One row for each setting at least: what it changes in what is planned. */
const rows: Record<string, Row> = {
  targetType: { settings: { targetType: "ip" }, shows: (of) => group(of).targetType, is: "ip" },
  name: { settings: { name: "front" }, shows: (of) => balancer(of).name, is: "front" },
  ipAddressType: {
    settings: { ipAddressType: "dualstack" },
    where: dualFacts(),
    shows: (of) => balancer(of).ipAddressType,
    is: "dualstack",
  },
  subnets: {
    settings: { subnets: ["subnet-b2"] },
    shows: (of) => [balancer(of).zones, balancer(of).pins],
    is: [[{ zone: "eu-west-1b", subnet: "subnet-b2" }], { "eu-west-1b": { subnet: "subnet-b2" } }],
  },
  eipAllocations: {
    settings: { eipAllocations: ["eipalloc-1", "eipalloc-2"] },
    spec: external,
    shows: (of) => balancer(of).pins,
    is: { "eu-west-1a": { allocationId: "eipalloc-1" }, "eu-west-1b": { allocationId: "eipalloc-2" } },
  },
  privateIPv4Addresses: {
    settings: { subnets, privateIPv4Addresses: ["10.0.2.7", "10.0.1.7"] },
    shows: (of) => balancer(of).pins,
    is: {
      "eu-west-1a": { subnet: "subnet-a1", privateIPv4: "10.0.1.7" },
      "eu-west-1b": { subnet: "subnet-b2", privateIPv4: "10.0.2.7" },
    },
  },
  ipv6Addresses: {
    settings: { subnets, ipAddressType: "dualstack", ipv6Addresses: ["2001:db8:0:2::7", "2001:db8:0:1::7"] },
    where: dualFacts(),
    shows: (of) => balancer(of).pins,
    is: {
      "eu-west-1a": { subnet: "subnet-a1", ipv6: "2001:db8:0:1::7" },
      "eu-west-1b": { subnet: "subnet-b2", ipv6: "2001:db8:0:2::7" },
    },
  },
  sourceNat: {
    settings: { ipAddressType: "dualstack", sourceNat: "on" },
    where: dualFacts(),
    shows: (of) => balancer(of).sourceNat,
    is: "on",
  },
  sourceNatPrefixes: {
    settings: {
      subnets,
      ipAddressType: "dualstack",
      sourceNat: "on",
      sourceNatPrefixes: ["2001:db8:0:1:A::/80", "auto_assigned"],
    },
    where: dualFacts(),
    shows: (of) => balancer(of).zones,
    is: [
      { zone: "eu-west-1a", subnet: "subnet-a1", sourceNatPrefix: "2001:db8:0:1:a::/80" },
      { zone: "eu-west-1b", subnet: "subnet-b2", sourceNatPrefix: "auto_assigned" },
    ],
  },
  attributes: {
    settings: { attributes: { "deletion_protection.enabled": "true" } },
    shows: attribute("deletion_protection.enabled", balancer),
    is: "true",
  },
  accessLogs: {
    settings: { accessLogs: { enabled: true, bucket: "logs" } },
    shows: attribute("access_logs.s3.bucket", balancer),
    is: "logs",
  },
  crossZone: {
    settings: { crossZone: true },
    shows: attribute("load_balancing.cross_zone.enabled", balancer),
    is: "true",
  },
  capacityUnits: { settings: { capacityUnits: 500 }, shows: (of) => balancer(of).minimumCapacity, is: 500 },
  securityGroups: {
    settings: { securityGroups: ["front"] },
    shows: (of) => balancer(of).securityGroups,
    is: ["sg-aa"],
  },
  manageBackendSecurityGroupRules: {
    settings: { manageBackendSecurityGroupRules: false },
    shows: (of) => balancer(of).securityGroups,
    is: [{ $reference: "security-group/internal" }],
  },
  disableSecurityGroups: {
    settings: { disableSecurityGroups: true },
    shows: (of) => [balancer(of).hasSecurityGroups, balancer(of).securityGroups],
    is: [false, []],
  },
  enforceInboundOnPrivateLink: {
    settings: { enforceInboundOnPrivateLink: "off" },
    shows: (of) => balancer(of).privateLinkRules,
    is: "off",
  },
  prefixLists: {
    settings: { prefixLists: ["pl-1"] },
    shows: (of) => fields(of, "security-group/internal").ingress,
    is: [{ protocol: "tcp", from: 80, to: 80, source: { prefixList: "pl-1" } }],
  },
  icmpPathMtu: {
    settings: { icmpPathMtu: true },
    shows: (of) => fields(of, "security-group/internal").ingress,
    is: [
      { protocol: "icmp", from: 3, to: 4, source: { cidr: "10.0.0.0/16" } },
      { protocol: "tcp", from: 80, to: 80, source: { cidr: "10.0.0.0/16" } },
    ],
  },
  certificates: {
    settings: { certificates: [second, certificate] },
    shows: (of) => [listener(of).protocol, listener(of).certificate, listener(of).moreCertificates],
    is: ["TLS", second, [certificate]],
  },
  tlsPorts: {
    settings: { ...tls, tlsPorts: ["https"] },
    spec: {
      ports: [
        { name: "http", port: 80, protocol: "TCP", nodePort: 30080 },
        { name: "https", port: 443, protocol: "TCP", nodePort: 30443 },
      ],
    },
    shows: (of) => [listener(of).protocol, fields(of, "listener/443").protocol],
    is: ["TCP", "TLS"],
  },
  tlsPolicy: {
    settings: { ...tls, tlsPolicy: "ELBSecurityPolicy-2016-08" },
    shows: (of) => listener(of).sslPolicy,
    is: "ELBSecurityPolicy-2016-08",
  },
  backendProtocol: {
    settings: { ...tls, backendProtocol: "ssl" },
    shows: (of) => [listener(of).protocol, group(of).protocol],
    is: ["TLS", "TLS"],
  },
  alpnPolicy: {
    settings: { ...tls, alpnPolicy: "HTTP2Preferred" },
    shows: (of) => listener(of).alpn,
    is: "HTTP2Preferred",
  },
  mergeTcpUdp: {
    settings: { mergeTcpUdp: true },
    spec: both,
    shows: (of) => [listener(of).protocol, group(of).protocol, group(of).port],
    is: ["TCP_UDP", "TCP_UDP", 30053],
  },
  quicPorts: {
    settings: { targetType: "ip", quicPorts: [80] },
    spec: udp,
    shows: (of) => [listener(of).protocol, group(of).protocol],
    is: ["QUIC", "QUIC"],
  },
  listenerAttributes: {
    settings: { listenerAttributes: { "TCP-80": { "tcp.idle_timeout.seconds": "400" } } },
    shows: attribute("tcp.idle_timeout.seconds", listener),
    is: "400",
  },
  actions: {
    settings: {
      actions: { "TCP-80": { baseWeight: 7, targetGroups: [{ arn: foreign, weight: 3 }], sticky: true } },
    },
    shows: (of) => listener(of).forward,
    is: {
      targetGroups: [
        { arn: { $reference: "target-group/80" }, weight: 7 },
        { arn: foreign, weight: 3 },
      ],
      stickiness: true,
    },
  },
  targetGroupAttributes: {
    settings: { targetGroupAttributes: { "deregistration_delay.timeout_seconds": "30" } },
    shows: attribute("deregistration_delay.timeout_seconds", group),
    is: "30",
  },
  targetGroupAttributesByPort: {
    settings: {
      targetGroupAttributes: { "deregistration_delay.timeout_seconds": "30" },
      targetGroupAttributesByPort: { "80": { "deregistration_delay.timeout_seconds": "60" } },
    },
    shows: attribute("deregistration_delay.timeout_seconds", group),
    is: "60",
  },
  proxyProtocol: {
    settings: { proxyProtocol: true },
    shows: attribute("proxy_protocol_v2.enabled", group),
    is: "true",
  },
  proxyProtocolPorts: {
    settings: {
      proxyProtocolPorts: [443],
      targetGroupAttributes: { "proxy_protocol_v2.enabled": "true" },
    },
    shows: attribute("proxy_protocol_v2.enabled", group),
    is: "false",
  },
  healthCheck: {
    settings: {
      healthCheck: {
        protocol: "HTTPS",
        port: "http",
        path: "/live",
        intervalSeconds: 20,
        timeoutSeconds: 5,
        healthyThreshold: 4,
        unhealthyThreshold: 5,
        successCodes: "200",
      },
    },
    shows: (of) => group(of).healthCheck,
    is: {
      protocol: "HTTPS",
      port: "30080",
      path: "/live",
      matcher: "200",
      interval: 20,
      timeout: 5,
      healthy: 4,
      unhealthy: 5,
    },
  },
  nodeLabels: {
    settings: { nodeLabels: { role: "edge" } },
    shows: (of) => fields(of, "targets/80").targets,
    is: [],
  },
  tags: {
    settings: { tags: { team: "shop" } },
    shows: (of) =>
      ["load-balancer", "security-group/internal", "target-group/80", "listener/80"].map(
        (id) => (fields(of, id).tags as Record<string, string>).team,
      ),
    is: ["shop", "shop", "shop", "shop"],
  },
  drainBeforeDeleteSeconds: {
    settings: { drainBeforeDeleteSeconds: 120 },
    shows: (of) => [
      listener(of).drain,
      (listener(of).tags as Record<string, string>)["fairlead.io/drain-seconds"],
    ],
    is: [{ seconds: 120, targetGroup: { $reference: "target-group/80" } }, "120"],
  },
};

describe("every setting of a load balancer on AWS", () => {
  test("has a row below", () => {
    expect(Object.keys(rows).sort()).toEqual(Object.keys(awsServiceSettings.shape).sort());
  });

  test.each(Object.entries(rows))("changes what is planned: %s", (name, row) => {
    const around = { spec: row.spec ?? {} };
    const { [name]: _setting, ...others } = row.settings;
    const without = desired({ ...around, settings: others }, row.where ?? facts());
    const withIt = desired({ ...around, settings: row.settings }, row.where ?? facts());
    expect(row.shows(withIt)).toEqual(row.is);
    expect(withIt.resources).not.toEqual(without.resources);
  });
});
