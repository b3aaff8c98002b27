/** Objects that are refused, by the API server and offline alike, each with the field and the words. */
import { aClass, aLoadBalancer, aPool, type Manifest } from "./build.ts";
import { refusedAnnouncing } from "./refused-announcing.ts";

export interface Refused {
  readonly because: string;
  readonly object: Manifest;
  readonly field: string;
  readonly message: string;
  /** The API server's words, where the rule is one of OpenAPI and the words are its own. */
  readonly serverMessage?: string;
  /** The field that the API server blames, where it is another. */
  readonly serverField?: string;
}

const noRange = "must be an address, a CIDR such as 192.0.2.0/24, or a range such as 192.0.2.10-192.0.2.20";
const backwards = "must not end before it begins";
const name = "must be a name of lower-case letters, digits, '-' and '.', such as 'edge'";

const pools: Refused[] = [
  ...[
    "",
    "x",
    "192.0.2.1.1",
    "192.0.2.01",
    "0300.0.2.1",
    "0xc0.0.2.1",
    "192.0.2.256",
    "192.0.2.0/33",
    "192.0.2.0/024",
    "192.0.2.0/",
    "2001:db8::/129",
    "::ffff:192.0.2.1",
    "fe80::1%eth0",
    "192.0.2.1-",
    "192.0.2.1-2001:db8::1",
    "192.0.2.1-192.0.2.2-192.0.2.3",
    "192.0.2.1-9",
    "192.0.2.1,192.0.2.2",
    " 192.0.2.1",
    "１92.0.2.1",
  ].map((entry) => ({
    because: `${JSON.stringify(entry)} is no range`,
    object: aPool({ addresses: [entry] }),
    field: "spec.addresses[0]",
    message: noRange,
  })),
  ...[
    "192.0.2.2-192.0.2.1",
    "192.0.3.0 - 192.0.2.255",
    "128.0.0.0-127.255.255.255",
    "2001:db8::2-2001:db8::1",
    "2001:db8::1:0-2001:db8::ffff",
    "8000::-7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  ].map((entry) => ({
    because: `${entry} runs backwards`,
    object: aPool({ addresses: ["192.0.2.9", entry] }),
    field: "spec.addresses[1]",
    message: backwards,
  })),
  {
    because: "a pool has no addresses",
    object: aPool({ addresses: [] }),
    field: "spec.addresses",
    message: "must have at least 1 entry",
    serverMessage: "should have at least 1 items",
  },
  {
    because: "an entry is there twice",
    object: aPool({ addresses: ["192.0.2.1", "192.0.2.1"] }),
    field: "spec.addresses",
    message: "must not have the same entry twice",
    serverMessage: "Duplicate value",
    serverField: "spec.addresses[1]",
  },
  {
    because: "a pool has 513 entries",
    object: aPool({ addresses: Array.from({ length: 513 }, (_, n) => `192.0.${n >> 8}.${n & 255}`) }),
    field: "spec.addresses",
    message: "must have at most 512 entries",
    serverMessage: "must have at most 512 items",
  },
  {
    because: "a priority is negative",
    object: aPool({ serviceAllocation: { priority: -1 } }),
    field: "spec.serviceAllocation.priority",
    message: "must be at least 0",
    serverMessage: "should be greater than or equal to 0",
  },
  {
    because: "autoAssign is a text",
    object: aPool({ autoAssign: "yes" }),
    field: "spec.autoAssign",
    message: "must be true or false",
    serverMessage: "must be of type boolean",
  },
  {
    because: "a namespace has a name that none can have",
    object: aPool({ serviceAllocation: { namespaces: ["Team_A"] } }),
    field: "spec.serviceAllocation.namespaces[0]",
    message: "must be a name of lower-case letters, digits and '-', such as 'web'",
  },
  {
    because: "a selector has an operator in lower case",
    object: aPool({
      serviceAllocation: { serviceSelectors: [{ matchExpressions: [{ key: "a", operator: "in" }] }] },
    }),
    field: "spec.serviceAllocation.serviceSelectors[0].matchExpressions[0].operator",
    message: "must be one of In, NotIn, Exists, DoesNotExist; did you mean In?",
    serverMessage: 'supported values: "In", "NotIn", "Exists", "DoesNotExist"',
  },
  {
    because: "a selector with In has no values",
    object: aPool({
      serviceAllocation: { serviceSelectors: [{ matchExpressions: [{ key: "a", operator: "In" }] }] },
    }),
    field: "spec.serviceAllocation.serviceSelectors[0].matchExpressions[0].values",
    message: "must be set for the operators In and NotIn, and only for them",
  },
  {
    because: "a selector with Exists has values",
    object: aPool({
      serviceAllocation: {
        namespaceSelectors: [{ matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] }],
      },
    }),
    field: "spec.serviceAllocation.namespaceSelectors[0].matchExpressions[0].values",
    message: "must be set for the operators In and NotIn, and only for them",
  },
  {
    because: "a label in a selector has a key that none can have",
    object: aPool({ serviceAllocation: { serviceSelectors: [{ matchLabels: { "a b": "c" } }] } }),
    field: "spec.serviceAllocation.serviceSelectors[0].matchLabels",
    message: "must have label keys as keys, such as 'tier' or 'example.com/tier'",
  },
  {
    because: "a label in a selector has a value that none can have",
    object: aPool({ serviceAllocation: { serviceSelectors: [{ matchLabels: { a: "b c" } }] } }),
    field: "spec.serviceAllocation.serviceSelectors[0].matchLabels.a",
    message:
      "must be a label value: up to 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends",
    serverMessage: "should match",
  },
];

const classes: Refused[] = [
  {
    because: "a provider has a name with a space",
    object: aClass({ provider: "bare metal" }),
    field: "spec.provider",
    message:
      "must be the name of a provider, such as 'bare-metal', or one with a domain before it, such as 'example.com/lab'",
  },
  {
    because: "the name is too long to be asked for",
    object: aClass({}, "x".repeat(64)),
    field: "",
    message: "must have a name of at most 63 characters, for Services ask for it as fairlead.io/<name>",
  },
  {
    because: "an alias is a class name of ours",
    object: aClass({ aliases: ["example.com/nlb", "fairlead.io/other"] }),
    field: "spec.aliases[1]",
    message: "must not begin with fairlead.io/: that is the prefix of class names",
  },
  {
    because: "an alias can't be a class",
    object: aClass({ aliases: ["a/b/c"] }),
    field: "spec.aliases[0]",
    message: "must be a name such as 'nlb', or one with a domain before it, such as 'example.com/nlb'",
  },
  {
    because: "a scheme is unknown",
    object: aClass({ defaults: { scheme: "public" } }),
    field: "spec.defaults.scheme",
    message: "must be one of internal, external",
    serverMessage: 'supported values: "internal", "external"',
  },
  {
    because: "namespaces are to be selected, and none are",
    object: aClass({ policy: { external: { from: "Selected" } } }),
    field: "spec.policy.external.from",
    message: "must come with namespaces or namespaceSelector when it is Selected",
  },
  {
    because: "all namespaces are meant, and some are named",
    object: aClass({ policy: { handWritten: { from: "All", namespaces: ["a"] } } }),
    field: "spec.policy.handWritten.from",
    message: "must be Selected when namespaces or namespaceSelector is set",
  },
  {
    because: "a range runs backwards",
    object: aClass({ policy: { ranges: ["192.0.2.2-192.0.2.1"] } }),
    field: "spec.policy.ranges[0]",
    message: backwards,
  },
  {
    because: "a maximum has no number",
    object: aClass({ policy: { maxLoadBalancers: {} } }),
    field: "spec.policy.maxLoadBalancers",
    message: "must have total or perNamespace",
  },
  {
    because: "adoption says of no cloud id that it may be adopted",
    object: aClass({ policy: { adoption: { ids: [] } } }),
    field: "spec.policy.adoption.ids",
    message: "must have at least 1 entry",
    serverMessage: "should have at least 1 items",
  },
  {
    because: "a drift policy is unknown",
    object: aClass({ policy: { drift: "repair" } }),
    field: "spec.policy.drift",
    message: "must be one of Repair, Report; did you mean Repair?",
    serverMessage: 'supported values: "Repair", "Report"',
  },
  {
    because: "there are too many settings",
    object: aClass({ settings: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`key${n}`, n])) }),
    field: "spec.settings",
    message: "must have at most 64 keys",
    serverMessage: "must have at most 64 items",
  },
];

const dual = { ipFamilies: ["IPv4", "IPv6"], ipFamilyPolicy: "RequireDualStack" };

const loadBalancers: Refused[] = [
  {
    because: "the class has a name that none can have",
    object: aLoadBalancer({ className: "Metal" }),
    field: "spec.className",
    message: name,
  },
  {
    because: "a port is 0",
    object: aLoadBalancer({ ports: [{ port: 0 }] }),
    field: "spec.ports[0].port",
    message: "must be at least 1",
    serverMessage: "should be greater than or equal to 1",
  },
  {
    because: "a port is a text",
    object: aLoadBalancer({ ports: [{ port: "80" }] }),
    field: "spec.ports[0].port",
    message: "must be a number",
    serverMessage: "must be of type integer",
  },
  {
    because: "a target port is too high",
    object: aLoadBalancer({ ports: [{ port: 80, targetPort: 70000 }] }),
    field: "spec.ports[0].targetPort",
    message: "must be at most 65535",
    serverMessage: "should be less than or equal to 65535",
  },
  {
    because: "a target port has a name that none can have",
    object: aLoadBalancer({ ports: [{ port: 80, targetPort: "a b" }] }),
    field: "spec.ports[0].targetPort",
    message: "must be the name of a port: letters, digits and '-'",
    serverMessage: "should match",
  },
  {
    because: "a port is there twice",
    object: aLoadBalancer({ ports: [{ port: 80 }, { port: 80, protocol: "TCP" }] }),
    field: "spec.ports",
    message: "must not have two entries with the same port and protocol",
    serverMessage: "Duplicate value",
    serverField: "spec.ports[1]",
  },
  {
    because: "there are no ports",
    object: aLoadBalancer({ ports: [] }),
    field: "spec.ports",
    message: "must have at least 1 entry",
    serverMessage: "should have at least 1 items",
  },
  {
    because: "a family is there twice",
    object: aLoadBalancer({ ...dual, ipFamilies: ["IPv6", "IPv6"] }),
    field: "spec.ipFamilies",
    message: "must not have the same entry twice",
  },
  {
    because: "single stack has two families",
    object: aLoadBalancer({ ipFamilies: ["IPv4", "IPv6"] }),
    field: "spec.ipFamilies",
    message: "must have one entry for ipFamilyPolicy SingleStack",
  },
  {
    because: "dual stack has one family",
    object: aLoadBalancer({ ipFamilyPolicy: "RequireDualStack" }),
    field: "spec.ipFamilies",
    message: "must have two entries for ipFamilyPolicy RequireDualStack",
  },
  {
    because: "an address is none",
    object: aLoadBalancer({ addresses: ["192.0.2.010"] }),
    field: "spec.addresses[0]",
    message: "must be an IP address such as 192.0.2.10 or 2001:db8::10",
  },
  {
    because: "an address is of another family",
    object: aLoadBalancer({ addresses: ["2001:db8::1"] }),
    field: "spec.addresses",
    message: "must be of the families in ipFamilies",
  },
  {
    because: "two addresses are of one family",
    object: aLoadBalancer({ ...dual, addresses: ["192.0.2.1", "192.0.2.2"] }),
    field: "spec.addresses",
    message: "must be of different IP families when there are two",
  },
  {
    because: "a source range has no length",
    object: aLoadBalancer({ sourceRanges: ["192.0.2.1"] }),
    field: "spec.sourceRanges[0]",
    message: "must be a CIDR such as 192.0.2.0/24 or 2001:db8::/64",
  },
  {
    because: "a health check port comes with policy Cluster",
    object: aLoadBalancer({ externalTrafficPolicy: "Cluster", healthCheckNodePort: 30000 }),
    field: "spec.healthCheckNodePort",
    message: "must be left out unless externalTrafficPolicy is Local",
  },
  {
    because: "a timeout comes without affinity",
    object: aLoadBalancer({ sessionAffinityTimeoutSeconds: 60 }),
    field: "spec.sessionAffinityTimeoutSeconds",
    message: "must be left out unless sessionAffinity is ClientIP",
  },
  {
    because: "one without Service has a frontend of a Service",
    object: aLoadBalancer({ frontend: "internal" }),
    field: "spec.frontend",
    message: "must be default for a LoadBalancer without serviceRef",
  },
  {
    because: "one without Service is refused by translation",
    object: aLoadBalancer({ refusal: { reason: "InvalidSpec", message: "x", previousInForce: false } }),
    field: "spec.refusal",
    message: "must be left out for a LoadBalancer without serviceRef",
  },
];

export const refused: readonly Refused[] = [...pools, ...classes, ...loadBalancers, ...refusedAnnouncing];
