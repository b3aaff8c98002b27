import { describe, expect, test } from "@jest/globals";
import {
  listenerDefaults,
  loadBalancerDefaults,
  targetGroupDefaults,
} from "../../../../../src/providers/aws/model/attributes.ts";
import {
  LISTENER_ATTRIBUTES,
  LOAD_BALANCER_ATTRIBUTES,
  TARGET_GROUP_ATTRIBUTES,
} from "../../../../../src/providers/aws/settings/attributes.ts";
import {
  checkAgainstClass,
  checkSettings,
} from "../../../../../src/providers/aws/settings/check-settings.ts";
import {
  checkClass,
  IMMUTABLE_SETTINGS,
  readClassSettings,
} from "../../../../../src/providers/aws/settings/class-settings.ts";
import { readSettings } from "../../../../../src/providers/aws/settings/service-settings.ts";
import { settingsWithoutEffect } from "../../../../../src/providers/aws/settings/without-effect.ts";

const CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-1234";
const messages = (findings: readonly { readonly message: string }[]) =>
  findings.map(({ message }) => message);

describe("settings of a load balancer", () => {
  test.each([
    [{ targetTpe: "ip" }, 'spec.settings.targetTpe: found "ip"', "did you mean targetType?"],
    [{ healthCheck: { intervalSecond: 5 } }, "healthCheck.intervalSecond", "did you mean intervalSeconds?"],
    [{ attributes: { "deletion_protection.enabled": true } }, "must be a text (in quotes"],
    [{ listenerAttributes: { "UDP-53": {} } }, "its key must be a listener that speaks TCP"],
    [{ targetGroupAttributesByPort: { http: {} } }, "its key must be the number of a port"],
    [{ actions: { "SCTP-9": { targetGroups: [] } } }, "its key must be a listener such as TCP-80"],
    [
      { subnets: ["subnet-1", "subnet-2"], eipAllocations: ["eipalloc-1"] },
      "eipAllocations: has 1 of 2 entries",
      "aws-load-balancer-eip-allocations",
    ],
    [{ subnets: ["a"], privateIPv4Addresses: ["10.0.0.1", "10.0.0.2"] }, "has 2 of 1 entries"],
    [{ subnets: ["a", "b"], ipv6Addresses: ["2001:db8::1"] }, "ipv6Addresses: has 1 of 2"],
    [
      { subnets: ["a", "b"], sourceNat: "on", sourceNatPrefixes: ["auto_assigned"] },
      "sourceNatPrefixes: has 1 of 2",
    ],
    [
      { eipAllocations: ["eipalloc-1"], privateIPv4Addresses: ["10.0.0.1"] },
      "eipAllocations and privateIPv4Addresses: can't both be set",
    ],
    [{ ipAddressType: "ipv4", ipv6Addresses: ["2001:db8::1"] }, "needs ipAddressType dualstack"],
    [{ ipAddressType: "ipv4", sourceNat: "on" }, "sourceNat: needs ipAddressType dualstack"],
    [{ disableSecurityGroups: true, securityGroups: ["sg-1"] }, "can't both be set"],
    [
      { disableSecurityGroups: true, enforceInboundOnPrivateLink: "off" },
      "enforceInboundOnPrivateLink: needs security groups",
    ],
    [{ disableSecurityGroups: true, prefixLists: ["pl-1"] }, "prefixLists: needs a security group"],
    [{ targetType: "instance", quicPorts: [443] }, "quicPorts: needs targetType ip"],
    [JSON.parse('{"tags":{"a":"1","__proto__":"2"}}'), "tags[__proto__]: can't be a key here"],
    [
      { healthCheck: { intervalSeconds: 5, timeoutSeconds: 6 } },
      "found 6, must be at most the interval, which is 5",
    ],
  ])("%j are refused", (settings, ...words) => {
    const found = messages(checkSettings(settings));
    expect(found).toHaveLength(1);
    for (const word of ["spec.settings", ...words]) expect(found[0]).toContain(word);
  });

  test.each([
    {},
    { subnets: ["a", "b"], eipAllocations: ["eipalloc-1", "eipalloc-2"] },
    { ipAddressType: "dualstack", sourceNat: "on", sourceNatPrefixes: ["2001:db8:1:2:3::/80"] },
    { sourceNat: "on", ipv6Addresses: ["2001:db8::1"] },
    { disableSecurityGroups: false, securityGroups: ["sg-1"], enforceInboundOnPrivateLink: "on" },
    { healthCheck: { intervalSeconds: 10, timeoutSeconds: 10 } },
    { quicPorts: [443] },
  ])("%j are good", (settings) => {
    expect(checkSettings(settings)).toEqual([]);
  });

  test("the older ways to say an attribute win over attributes, as they did; logs that are off say nothing", () => {
    const attributes = { "load_balancing.cross_zone.enabled": "true", "access_logs.s3.enabled": "true" };
    const bucket = { "access_logs.s3.bucket": "mine" };
    expect(readSettings({ attributes, crossZone: false }).attributes).toEqual({
      ...attributes,
      "load_balancing.cross_zone.enabled": "false",
    });
    expect(
      readSettings({
        attributes: { ...attributes, ...bucket },
        accessLogs: { enabled: true, bucket: "logs", prefix: "web" },
      }).attributes,
    ).toEqual({ ...attributes, "access_logs.s3.bucket": "logs", "access_logs.s3.prefix": "web" });
    expect(
      readSettings({
        attributes: { ...attributes, ...bucket },
        accessLogs: { enabled: false, bucket: "logs" },
      }).attributes,
    ).toEqual({ ...attributes, ...bucket });
  });

  test("addresses and ports are read in one spelling", () => {
    expect(
      readSettings({
        ipv6Addresses: ["2001:DB8:0:0::1"],
        tlsPorts: [443, "https"],
        healthCheck: { port: 80 },
      }),
    ).toMatchObject({
      ipv6Addresses: ["2001:db8::1"],
      tlsPorts: ["443", "https"],
      healthCheck: { port: "80" },
    });
  });

  test("a hundred mistakes make a short message", () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`field${index}`, 1]));
    expect(checkSettings(many)).toHaveLength(8);
  });
});

describe("settings that do nothing beside the others", () => {
  test.each([
    [{ tlsPorts: [443], alpnPolicy: "HTTP2Only" }, "tlsPorts", "alpnPolicy", "set certificates"],
    [{ backendProtocol: "ssl" }, "backendProtocol", "set certificates"],
    [{ healthCheck: { protocol: "TCP", path: "/x" } }, "healthCheck.path", "the health check is TCP"],
    [{ securityGroups: ["sg-1"], icmpPathMtu: true }, "icmpPathMtu", "are not Fairlead's"],
    [{ targetType: "ip", nodeLabels: { a: "b" } }, "nodeLabels", "pods are registered"],
    [{ proxyProtocol: true, proxyProtocolPorts: [80] }, "proxyProtocolPorts", "for all ports"],
  ])("%j are told", (settings, ...words) => {
    const found = messages(settingsWithoutEffect(readSettings(settings)));
    expect(found).toHaveLength(1);
    for (const word of [...words, "no effect"]) expect(found[0]).toContain(word);
  });

  test.each([
    {},
    { backendProtocol: "tcp" },
    { certificates: [CERTIFICATE], tlsPorts: [443], alpnPolicy: "HTTP2Only", backendProtocol: "ssl" },
    { healthCheck: { path: "/x" } },
    { prefixLists: ["pl-1"], icmpPathMtu: true },
    { nodeLabels: { a: "b" } },
  ])("%j all count", (settings) => {
    expect(settingsWithoutEffect(readSettings(settings))).toEqual([]);
  });
});

describe("settings of a class", () => {
  test("a region is enough", () => {
    expect(checkClass({ region: "eu-central-1" })).toEqual([]);
    expect(readClassSettings({ region: "us-gov-west-1" })).toMatchObject({
      targetType: "instance",
      legacyInternalValues: "Strict",
      manageNodeSecurityGroupRules: true,
      nodeSecurityGroupRuleLimit: 50,
      drainBeforeDeleteSeconds: 0,
    });
  });

  test.each([
    [{}, "spec.settings.region: is required"],
    [{ regon: "eu-central-1", region: "eu-central-1" }, "did you mean region?"],
    [{ region: "Frankfurt" }, "the name of a region such as eu-central-1"],
    [{ region: "eu-central-1", vpc: "default" }, "an id that begins with vpc-"],
    [{ region: "eu-central-1", endpoints: { ec2: "ftp://ec2.test" } }, "the URL of an endpoint"],
    [{ region: "eu-central-1", endpoints: { ec2: "http://me:secret@ec2.test" } }, "without user"],
    [{ region: "eu-central-1", claimTypes: ["elb"] }, "must be one of external, nlb-ip, nlb"],
    [{ region: "eu-central-1", tags: { "fairlead.io/stack": "x" } }, "say who owns a resource"],
    [JSON.parse('{"region":"eu-central-1","tags":{"__proto__":"x"}}'), "tags[__proto__]: can't be a key"],
    [{ region: "eu-central-1", sourceRanges: { internal: ["10.0.0.0"] } }, "must be a CIDR"],
    [{ region: "eu-central-1", nodeSecurityGroupRuleLimit: 1 }, "must be at least 2"],
  ])("%j are refused", (settings, words) => {
    const found = messages(checkClass(settings));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(words);
  });

  test("what says where the load balancers are is immutable", () => {
    expect(IMMUTABLE_SETTINGS).toEqual(["region", "vpc", "endpoints"]);
  });

  test("a tag that the class leaves to others can't be set", () => {
    const cls = readClassSettings({ region: "eu-central-1", externalManagedTags: ["owner"] });
    expect(messages(checkAgainstClass(readSettings({ tags: { owner: "me", team: "shop" } }), cls))).toEqual([
      expect.stringContaining('leaves the tag "owner" to somebody else'),
    ]);
    expect(checkAgainstClass(readSettings({ tags: { team: "shop" } }), cls)).toEqual([]);
  });
});

describe("what AWS has by default", () => {
  test.each([
    ["internal load balancers", LOAD_BALANCER_ATTRIBUTES, loadBalancerDefaults("internal")],
    ["public load balancers", LOAD_BALANCER_ATTRIBUTES, loadBalancerDefaults("internet-facing")],
    ["TCP to pods", TARGET_GROUP_ATTRIBUTES, targetGroupDefaults("TCP", "ip")],
    ["UDP to nodes", TARGET_GROUP_ATTRIBUTES, targetGroupDefaults("UDP", "instance")],
    ["listeners", LISTENER_ATTRIBUTES, listenerDefaults("TCP")],
  ])("is what the reference says: %s", (_name, attributes, defaults) => {
    const documented = new Map(attributes.map((attribute) => [attribute.key, attribute]));
    for (const [key, value] of Object.entries(defaults)) {
      const attribute = documented.get(key);
      expect(attribute?.accepts(value)).toBe(true);
      expect(attribute?.defaultText).toContain(value);
    }
  });
});
