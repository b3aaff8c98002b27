import { describe, expect, test } from "@jest/globals";
import type { AwsFacts } from "../../../../../src/providers/aws/model/facts.ts";
import { desired, dualFacts, facts, node, type Surroundings, told, type Wanted } from "./world.ts";

const certificate = "arn:aws:acm:eu-west-1:123456789012:certificate/one";
const tcpAndUdp = (tcp: object, udp: object): Wanted["spec"] => ({
  ports: [
    { port: 53, protocol: "TCP", ...tcp },
    { port: 53, protocol: "UDP", ...udp },
  ],
});
const udp: Wanted["spec"] = { ports: [{ port: 80, protocol: "UDP", nodePort: 30080 }] };
const local: Wanted["spec"] = { externalTrafficPolicy: "Local", healthCheckNodePort: 30999 };
const arn = (path: string): string =>
  `arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/${path}`;

const pendings: Record<string, [wanted: Wanted, says: string, where?: AwsFacts]> = {
  "an SCTP port": [
    { spec: { ports: [{ port: 9, protocol: "SCTP", nodePort: 30009 }] } },
    "Unsupported: port 9 is SCTP",
  ],
  "a port without node port": [
    { spec: { ports: [{ port: 80, protocol: "TCP" }] } },
    "Unsupported: port 80 has no nodePort",
  ],
  "TCP and UDP of one number, where merging was not asked for": [
    { spec: tcpAndUdp({ nodePort: 30053 }, { nodePort: 30053 }) },
    "Unsupported: port 53 has TCP and UDP, and an NLB has one listener",
  ],
  "TCP and UDP of one number with other node ports": [
    { settings: { mergeTcpUdp: true }, spec: tcpAndUdp({ nodePort: 30053 }, { nodePort: 30054 }) },
    "TCP has nodePort 30053 and UDP nodePort 30054",
  ],
  "TCP and UDP of one number with other target ports": [
    {
      settings: { mergeTcpUdp: true, targetType: "ip" },
      spec: tcpAndUdp({ targetPort: 53 }, { targetPort: 5353 }),
    },
    "TCP has targetPort 53 and UDP targetPort 5353",
  ],
  "TCP and UDP of one number with a certificate for it": [
    {
      settings: { mergeTcpUdp: true, certificates: [certificate] },
      spec: tcpAndUdp({ nodePort: 30053 }, { nodePort: 30053 }),
    },
    "which can't have TLS",
  ],
  "a TLS port that the Service has not": [
    { settings: { certificates: [certificate], tlsPorts: ["https"] } },
    'the Service has no port "https"; it has http (80)',
  ],
  "a TLS port that is UDP": [
    { settings: { certificates: [certificate], tlsPorts: ["80"] }, spec: udp },
    'port "80" is UDP, and TLS needs TCP',
  ],
  "QUIC for nodes": [{ settings: { quicPorts: ["80"] }, spec: udp }, "quicPorts needs ip targets"],
  "QUIC on TCP": [
    { settings: { targetType: "ip", quicPorts: ["http"] } },
    'port "http" is TCP, and QUIC needs UDP',
  ],
  "UDP on dual stack without source NAT": [
    { settings: { ipAddressType: "dualstack" }, spec: udp },
    "only with a prefix for source NAT",
    dualFacts(),
  ],
  "an IPv6 Service on an ipv4 load balancer": [
    { settings: { ipAddressType: "ipv4" }, spec: { ipFamilies: ["IPv6"] } },
    "InvalidSettings: ipAddressType: the Service is IPv6, which needs dualstack",
    dualFacts(),
  ],
  "an IPv6 source range on an ipv4 load balancer": [
    { spec: { sourceRanges: ["2001:db8::/64"] } },
    "InvalidSpec: the source range 2001:db8::/64 is IPv6",
  ],
  "hiding clients of UDP": [
    { settings: { targetGroupAttributes: { "preserve_client_ip.enabled": "false" } }, spec: udp },
    "preserve_client_ip.enabled can't be false with UDP",
  ],
  "a draining interval for connections that are cut": [
    {
      settings: {
        targetGroupAttributes: { "target_health_state.unhealthy.draining_interval_seconds": "30" },
      },
    },
    "draining_interval_seconds needs target_health_state.unhealthy.connection_termination.enabled=false",
  ],
  "PROXY protocol with the health check of kube-proxy": [
    { settings: { proxyProtocol: true }, spec: local },
    "which kube-proxy does not understand at healthCheckNodePort",
  ],
  "PROXY protocol by attribute with the health check of kube-proxy": [
    { settings: { targetGroupAttributes: { "proxy_protocol_v2.enabled": "true" } }, spec: local },
    "which kube-proxy does not understand at healthCheckNodePort",
  ],
  "a health check that waits longer than its interval": [
    { settings: { healthCheck: { intervalSeconds: 5, timeoutSeconds: 6 } } },
    "the timeout of 6 s is longer than the interval of 5 s",
  ],
  "a health check of an unknown port": [
    { settings: { healthCheck: { port: "admin" } } },
    'the Service has no port "admin"; it has http',
  ],
  "a health check of a target port that is a name": [
    {
      settings: { targetType: "ip", healthCheck: { port: "http" } },
      spec: { ports: [{ name: "http", port: 80, protocol: "TCP", targetPort: "web" }] },
    },
    'leads to the targetPort "web"',
  ],
  "Elastic IPs of an internal load balancer": [
    { settings: { eipAllocations: ["eipalloc-1", "eipalloc-2"] } },
    "an internal load balancer has no Elastic IPs",
  ],
  "fewer Elastic IPs than subnets": [
    { settings: { eipAllocations: ["eipalloc-1"] }, spec: { scheme: "external" } },
    "eipAllocations: there are 1, and 2 subnets (subnet-a3, subnet-b4)",
  ],
  "private addresses of an external load balancer": [
    { settings: { privateIPv4Addresses: ["10.0.1.7"] }, spec: { scheme: "external" } },
    "an external load balancer can't have them",
  ],
  "a private address of another subnet": [
    { settings: { privateIPv4Addresses: ["10.0.1.7", "10.0.9.7"] } },
    "subnet subnet-b2 (10.0.2.0/24) needs exactly one of them; found none",
  ],
  "two private addresses in one subnet": [
    { settings: { privateIPv4Addresses: ["10.0.1.7", "10.0.1.8"] } },
    "subnet subnet-a1 (10.0.1.0/24) needs exactly one of them; found 10.0.1.7 and 10.0.1.8",
  ],
  "IPv6 addresses of an ipv4 load balancer": [
    { settings: { ipv6Addresses: ["2001:db8::7"] } },
    "ipv6Addresses: the load balancer is ipv4",
  ],
  "source NAT on ipv4": [{ settings: { sourceNat: "on" } }, "sourceNat: on is for dual-stack"],
  "source NAT prefixes outside their subnets": [
    {
      settings: {
        ipAddressType: "dualstack",
        sourceNat: "on",
        sourceNatPrefixes: ["auto_assigned", "2001:db8:0:1::/80"],
      },
    },
    "is not within the range of subnet subnet-b2",
    dualFacts(),
  ],
  "access logs without bucket": [
    { settings: { accessLogs: { enabled: true } } },
    "access_logs.s3.enabled needs access_logs.s3.bucket",
  ],
  "a security group that is not there": [
    { settings: { securityGroups: ["missing"] } },
    'MissingReference: securityGroups: there is no security group with the tag Name="missing" in the VPC vpc-1',
  ],
  "a security group whose name another has too": [
    { settings: { securityGroups: ["twice"] } },
    '"twice" is the name of sg-bb, sg-cc',
  ],
  "the PrivateLink flag without security groups": [
    { settings: { disableSecurityGroups: true, enforceInboundOnPrivateLink: "on" } },
    "so enforceInboundOnPrivateLink can't have an effect",
  ],
  "an address by itself": [
    { spec: { addresses: ["192.0.2.7"] } },
    "Unsupported: the address 192.0.2.7 can't be asked for by itself on AWS",
  ],
  "an address pool": [{ spec: { pool: "edge" } }, 'take pool "edge" off'],
  "a tag that somebody else sets": [
    { settings: { tags: { cost: "1" } }, cls: { externalManagedTags: ["cost"] } },
    'InvalidSettings: spec.settings.tags[cost]: the class leaves the tag "cost" to somebody else',
  ],
  "more tags than there is room for": [
    {
      settings: { tags: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`s${n}`, "x"])) },
      cls: { tags: { one: "x", two: "x", three: "x" } },
    },
    "tags: there are 43 with those of the class, and 42 can be added at most",
  ],
  "adopting what is no load balancer": [
    { spec: { adopt: "my-lb" } },
    "AdoptionRefused: adopt: it is not the ARN of a load balancer",
  ],
  "adopting a classic load balancer": [
    { spec: { adopt: arn("a1b2c3") } },
    "AdoptionRefused: adopt: classic load balancers can't be adopted",
  ],
  "adopting an Application Load Balancer": [
    { spec: { adopt: arn("app/web/0123456789abcdef") } },
    "that is an Application Load Balancer",
  ],
  "adopting from another region": [
    { spec: { adopt: arn("net/web/0123456789abcdef") }, cls: { region: "eu-north-1" } },
    "it is in eu-west-1, but the class is for eu-north-1",
  ],
  "adopting what the AWS controller still has": [
    { spec: { adopt: arn("net/web/0123456789abcdef") }, finalizers: ["service.k8s.aws/resources"] },
    "the AWS Load Balancer Controller has not let go of the Service",
  ],
  "adopting what the cloud controller still has": [
    {
      spec: { adopt: arn("net/web/0123456789abcdef") },
      finalizers: ["service.kubernetes.io/load-balancer-cleanup"],
    },
    "the cloud controller manager has not let go of the Service",
  ],
};

describe("a load balancer that AWS can't have as asked", () => {
  test.each(Object.entries(pendings))("is refused before any call: %s", (_name, [wanted, says, where]) => {
    const of = desired(wanted, where ?? facts());
    expect(told(of)).toContainEqual(expect.stringContaining(says));
    expect(told(of).some((problem) => problem.startsWith("pending "))).toBe(true);
    expect(of.resources).toEqual([]);
  });
});

const degradeds: Record<string, [wanted: Wanted, says: string, around?: Surroundings]> = {
  "no node that is ready": [{}, "NoBackends: no node that is ready", { nodes: [] }],
  "no endpoint that is ready": [
    { settings: { targetType: "ip" } },
    "NoBackends: no endpoint is ready for port 80",
    { slices: [] },
  ],
  "a node that names no instance": [
    {},
    'node node-x has the providerID "kind://x", which names no EC2 instance',
    { nodes: [node("x", {}, "kind://x")] },
  ],
  "a node whose instance is gone": [
    {},
    "node node-f is the instance i-0f, which EC2 does not know",
    { nodes: [node("f")] },
  ],
  "more nodes than are named": [
    {},
    "no node that is ready and not excluded can take traffic for port 80; left out: node node-u ",
    { nodes: ["u", "v", "w", "x"].map((name) => node(name, {}, `kind://${name}`)) },
  ],
  "a path for health checks that are TCP by default": [
    { settings: { healthCheck: { path: "/x", successCodes: "200" } } },
    "healthCheck.path (aws-load-balancer-healthcheck-path), healthCheck.successCodes (aws-load-balancer-healthcheck-success-codes) have no effect",
  ],
  "an action for a listener that there is none of": [
    {
      settings: {
        actions: {
          "UDP-80": {
            targetGroups: [
              { arn: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/x/0123456789abcdef" },
            ],
          },
        },
      },
    },
    'actions: "UDP-80" has no effect, for there is no such listener; there is TCP-80',
  ],
  "attributes of a port that there is none of": [
    { settings: { targetGroupAttributesByPort: { "81": { "stickiness.enabled": "true" } } } },
    'targetGroupAttributesByPort: "81" has no effect',
  ],
  "a QUIC port that there is none of": [
    { settings: { targetType: "ip", quicPorts: ["81"] } },
    'quicPorts: the Service has no port "81"',
  ],
  "a TLS policy without TLS": [
    { settings: { tlsPolicy: "ELBSecurityPolicy-2016-08" } },
    "has no effect, for no port listens with TLS",
  ],
  "node labels for pods": [
    { settings: { targetType: "ip", nodeLabels: { role: "edge" } } },
    "for pods are registered and not nodes",
  ],
  "node labels for pods, as the class has them": [
    { cls: { targetType: "ip" }, settings: { nodeLabels: { role: "edge" } } },
    "nodeLabels has no effect",
  ],
  "certificates without a TCP port": [
    { settings: { certificates: [certificate] }, spec: udp },
    "certificates has no effect",
  ],
  "source ranges beside named security groups": [
    { settings: { securityGroups: ["front"] }, spec: { sourceRanges: ["10.1.0.0/16"] } },
    "sourceRanges has no effect, for the load balancer has the security groups that were named",
  ],
  "source ranges that nobody could keep to": [
    { settings: { disableSecurityGroups: true, targetType: "ip" }, spec: { sourceRanges: ["10.1.0.0/16"] } },
    "sourceRanges has no effect on port 80",
  ],
  "affinity with TLS": [
    { settings: { certificates: [certificate] }, spec: { sessionAffinity: "ClientIP" } },
    "sessionAffinity: ClientIP has no effect on port 80",
  ],
  "an address to be shared by key": [
    { spec: { sharing: { key: "k", backend: "" } } },
    "fairlead.io/allow-shared-ip has no effect",
  ],
};

describe("a load balancer that works, but not as asked", () => {
  test.each(Object.entries(degradeds))("says so: %s", (_name, [wanted, says, around]) => {
    const of = desired(wanted, facts(), around);
    expect(told(of)).toContainEqual(expect.stringMatching(/^degraded /));
    expect(told(of)).toContainEqual(expect.stringContaining(says));
    expect(of.resources.map(({ id }) => id)).toContain("listener/80");
  });

  test("a node outside EC2 is no flaw where others take the traffic", () => {
    const nodes = [node("a"), node("x", {}, "kind://x"), node("f")];
    expect(told(desired({}, facts(), { nodes }))).toEqual([]);
  });

  test("a path for health checks counts where the traffic policy makes them HTTP", () => {
    const spec = { externalTrafficPolicy: "Local", healthCheckNodePort: 30999 } as const;
    expect(told(desired({ settings: { healthCheck: { path: "/x" } }, spec }))).toEqual([]);
  });

  test("a security group that can't be told is named with its instance", () => {
    const two = [
      { id: "sg-01", clusterTagged: false },
      { id: "sg-02", clusterTagged: false },
    ];
    const where = facts({ instances: { "i-0a": { vpc: "vpc-1", securityGroups: two } } });
    const of = desired({}, where, { nodes: [node("a")] });
    expect(told(of)).toContainEqual(
      expect.stringContaining("degraded MissingReference: it is not clear which security group"),
    );
    expect(told(of)[0]).toContain("i-0a has 2, 0 of them tagged");
  });

  test("more targets than AWS allows are all wanted, and told", () => {
    const names = Array.from({ length: 501 }, (_, n) => n.toString(16).padStart(4, "0"));
    const instances = Object.fromEntries(
      names.map((name) => [
        `i-0${name}`,
        { vpc: "vpc-1", securityGroups: [{ id: "sg-0d", clusterTagged: false }] },
      ]),
    );
    const of = desired({}, facts({ instances }), { nodes: names.map((name) => node(name)) });
    expect(told(of)).toEqual([
      expect.stringContaining("degraded QuotaExceeded: 501 targets of one zone on one load balancer"),
    ]);
    const targets = of.resources.find(({ id }) => id === "targets/80")?.fields.targets;
    expect(targets).toHaveLength(501);
  });
});
