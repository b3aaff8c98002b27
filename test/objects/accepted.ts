/** Objects that are taken, by the API server and offline alike. */
import { acceptedAnnouncing } from "./accepted-announcing.ts";
import { aClass, aLoadBalancer, aPool, type Manifest } from "./build.ts";

const selector = {
  matchLabels: { app: "web", "example.com/tier": "" },
  matchExpressions: [
    { key: "zone", operator: "In", values: ["a", "b"] },
    { key: "old", operator: "DoesNotExist" },
  ],
};

/** The most that the schema lets through: the API server must have the means to check it. */
const fullPool = aPool({
  addresses: Array.from(
    { length: 512 },
    (_, n) => `2001:db8:${n.toString(16)}::1 - 2001:db8:${n.toString(16)}:ffff::`,
  ),
  serviceAllocation: {
    namespaces: Array.from({ length: 256 }, (_, n) => `namespace-${n}`),
    namespaceSelectors: Array.from({ length: 32 }, () => selector),
    serviceSelectors: Array.from({ length: 32 }, () => selector),
  },
});

export const accepted: readonly { readonly what: string; readonly object: Manifest }[] = [
  { what: "a class that says its provider only", object: aClass() },
  { what: "a class of a provider elsewhere", object: aClass({ provider: "example.com/lab" }) },
  {
    what: "a class that says everything",
    object: aClass({
      default: true,
      aliases: ["service.k8s.aws/nlb", "Nlb_1"],
      settings: { region: "x", nested: { list: [1, "a", null, { b: true }] } },
      defaults: { scheme: "external", frontends: ["internal", "external"] },
      policy: {
        external: { from: "Selected", namespaces: ["a"], namespaceSelector: selector },
        handWritten: { from: "All" },
        pools: ["edge"],
        ranges: ["192.0.2.0/24", "2001:db8::1-2001:db8::2"],
        maxLoadBalancers: { total: 0, perNamespace: 5 },
        sharing: { namespaces: ["a", "b"] },
        deletion: "Retain",
        drift: "Report",
        replacement: "Allow",
        adoption: {
          namespaces: { from: "Selected", namespaces: ["a"] },
          ids: ["arn:aws:*:loadbalancer/net/*", "x"],
        },
      },
    }),
  },
  { what: "a pool that says its addresses only", object: aPool() },
  {
    what: "addresses of every form",
    object: aPool({
      addresses: [
        "192.0.2.7",
        "192.0.2.77/24",
        "0.0.0.0/0",
        "198.51.100.1-198.51.100.1",
        "203.0.113.255 - 203.0.114.0",
        "127.255.255.255-128.0.0.0",
        "0.0.0.0-255.255.255.255",
        "2001:DB8::1",
        "2001:db8::/32",
        "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff-8000::",
        "64:ff9b::192.0.2.1",
      ],
    }),
  },
  { what: "as many entries and selectors as there may be", object: fullPool },
  { what: "a load balancer that says what it must", object: aLoadBalancer() },
  {
    what: "a load balancer that says everything",
    object: aLoadBalancer({
      ports: [
        { name: "dns", port: 53, protocol: "UDP", nodePort: 30053, targetPort: "dns-udp" },
        { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 5353, appProtocol: "example.com/dns" },
      ],
      ipFamilies: ["IPv6", "IPv4"],
      ipFamilyPolicy: "PreferDualStack",
      addresses: ["192.0.2.1", "2001:db8::1"],
      pool: "edge.one",
      sharing: { key: "a key, of any text" },
      group: "front-door",
      adopt: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/web/50dc6c495c0c9188",
      release: false,
      externalTrafficPolicy: "Local",
      healthCheckNodePort: 30000,
      sourceRanges: ["192.0.2.1/24", "::/0"],
      sessionAffinity: "ClientIP",
      sessionAffinityTimeoutSeconds: 60,
      settings: {
        a: { b: [1] },
        // As deep as what annotations with JSON in them become.
        actions: {
          "TCP-80": { type: "forward", forwardConfig: { targetGroups: [{ serviceName: "a", weight: 1 }] } },
        },
        flag: true,
        nothing: null,
      },
    }),
  },
  {
    what: "as many ports and clients as there may be",
    object: aLoadBalancer({
      ports: Array.from({ length: 1024 }, (_, n) => ({
        name: `p-${n}`,
        port: n + 1,
        targetPort: `t-${n}`,
        appProtocol: "a",
      })),
      sourceRanges: Array.from({ length: 1024 }, (_, n) => `2001:db8:${n.toString(16)}::/48`),
    }),
  },
  ...acceptedAnnouncing,
];
