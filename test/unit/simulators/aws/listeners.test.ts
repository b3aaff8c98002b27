/** The simulated AWS treats listeners as the API Reference says. */

import type { CreateListenerInput, ProtocolEnum } from "@aws-sdk/client-elastic-load-balancing-v2";
import { describe, expect, test } from "@jest/globals";
import { type Arranged, arranged, verdictOn } from "./arranged.ts";

const world = arranged();

async function shown(arn: string) {
  return (await world().elb.describeListeners({ ListenerArns: [arn] })).Listeners?.[0];
}

function forwardTo(...arns: readonly string[]): Pick<CreateListenerInput, "DefaultActions"> {
  const TargetGroups = arns.map((TargetGroupArn) => ({ TargetGroupArn, Weight: 1 }));
  return { DefaultActions: [{ Type: "forward", ForwardConfig: { TargetGroups } }] };
}

test.each<[ProtocolEnum, readonly ProtocolEnum[]]>([
  ["TCP", ["TCP", "TCP_UDP"]],
  ["TLS", ["TCP", "TLS"]],
  ["UDP", ["UDP", "TCP_UDP"]],
  ["TCP_UDP", ["TCP_UDP"]],
  ["QUIC", ["QUIC", "TCP_QUIC"]],
  ["TCP_QUIC", ["TCP_QUIC"]],
])("a listener of protocol %s forwards to groups of %j and to no others", async (Protocol, wanted) => {
  const { loadBalancer, targetGroup, listener, certificate } = world();
  const LoadBalancerArn = await loadBalancer();
  const tls = Protocol === "TLS" ? { Certificates: [{ CertificateArn: await certificate() }] } : {};
  const accepted: ProtocolEnum[] = [];
  for (const [index, kind] of (["TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"] as const).entries()) {
    const group = await targetGroup({ Protocol: kind, TargetType: "ip" });
    const verdict = await verdictOn(
      listener(LoadBalancerArn, group, { Protocol, Port: 100 + index, ...tls }),
    );
    if (verdict === "accepted") accepted.push(kind);
    else expect(verdict).toBe("IncompatibleProtocols");
  }
  expect(accepted.sort()).toEqual([...wanted].sort());
});

describe("a listener is refused", () => {
  type Asked = Partial<CreateListenerInput>;
  test.each<[string, string, (w: Arranged) => Asked | Promise<Asked>]>([
    ["over TLS without a certificate", "CertificateNotFound", () => ({ Protocol: "TLS" })],
    [
      "with a certificate that is not there",
      "CertificateNotFound",
      (w) => ({
        Protocol: "TLS",
        Certificates: [{ CertificateArn: `arn:aws:acm:us-west-2:${w.aws.account}:certificate/x` }],
      }),
    ],
    [
      "with a policy that is not there",
      "SSLPolicyNotFound",
      async (w) => ({
        Protocol: "TLS",
        SslPolicy: "None",
        Certificates: [{ CertificateArn: await w.certificate() }],
      }),
    ],
    [
      "with an ALPN policy that is not there",
      "ALPNPolicyNotSupported",
      async (w) => ({
        Protocol: "TLS",
        AlpnPolicy: ["h2"],
        Certificates: [{ CertificateArn: await w.certificate() }],
      }),
    ],
    [
      "over TCP with a policy",
      "InvalidConfigurationRequest",
      () => ({ SslPolicy: "ELBSecurityPolicy-2016-08" }),
    ],
    ["over HTTP", "UnsupportedProtocol", () => ({ Protocol: "HTTP" })],
    ["on port 0", "ValidationError", () => ({ Port: 0 })],
    [
      "with a fixed answer",
      "InvalidLoadBalancerAction",
      () => ({ DefaultActions: [{ Type: "fixed-response" }] }),
    ],
    [
      "for a group that is not there",
      "TargetGroupNotFound",
      () => forwardTo("arn:aws:elasticloadbalancing:us-west-2:1:targetgroup/x/1"),
    ],
    [
      "for the group of another load balancer",
      "TargetGroupAssociationLimit",
      async (w) => {
        const other = await w.targetGroup();
        await w.listener(await w.loadBalancer(), other);
        return forwardTo(other);
      },
    ],
    [
      "for six groups",
      "TooManyUniqueTargetGroupsPerLoadBalancer",
      async (w) => forwardTo(...(await Promise.all(Array.from({ length: 6 }, () => w.targetGroup())))),
    ],
    [
      "for IPv6 targets when not dualstack",
      "InvalidConfigurationRequest",
      async (w) => forwardTo(await w.targetGroup({ TargetType: "ip", IpAddressType: "ipv6" })),
    ],
  ])("%s", async (_, code, asked) => {
    const { elb, loadBalancer, targetGroup, listener } = world();
    const LoadBalancerArn = await loadBalancer();
    expect(await verdictOn(listener(LoadBalancerArn, await targetGroup(), await asked(world())))).toBe(code);
    expect((await elb.describeListeners({ LoadBalancerArn })).Listeners).toEqual([]);
  });

  test("on a port that is taken, also by another protocol; the same again gives the same", async () => {
    const { loadBalancer, targetGroup, listener } = world();
    const [balancer, group, udp] = [
      await loadBalancer(),
      await targetGroup(),
      await targetGroup({ Protocol: "UDP" }),
    ];
    const arn = await listener(balancer, group);
    expect(await listener(balancer, group)).toBe(arn);
    expect(await verdictOn(listener(balancer, await targetGroup()))).toBe("DuplicateListener");
    expect(await verdictOn(listener(balancer, udp, { Protocol: "UDP" }))).toBe("DuplicateListener");
  });

  test("over UDP on a dualstack load balancer without prefixes for source NAT, which then stay, or for IPv4 targets", async () => {
    const { elb, loadBalancer, targetGroup, listener, network } = world();
    const group = await targetGroup({ Protocol: "UDP", TargetType: "ip", IpAddressType: "ipv6" });
    const LoadBalancerArn = await loadBalancer({ IpAddressType: "dualstack" });
    const Subnets = [network.internalSubnets[0]?.id ?? ""];
    const prefixes = (on: "on" | "off") =>
      elb.setSubnets({ LoadBalancerArn, Subnets, EnablePrefixForIpv6SourceNat: on });

    expect(await verdictOn(listener(LoadBalancerArn, group, { Protocol: "UDP" }))).toBe(
      "InvalidConfigurationRequest",
    );
    await prefixes("on");
    expect(await verdictOn(listener(LoadBalancerArn, group, { Protocol: "UDP" }))).toBe("accepted");
    const ipv4 = await targetGroup({ Protocol: "UDP" });
    expect(await verdictOn(listener(LoadBalancerArn, ipv4, { Protocol: "UDP", Port: 81 }))).toBe(
      "InvalidConfigurationRequest",
    );
    expect(await verdictOn(prefixes("off"))).toBe("InvalidConfigurationRequest");
  });

  test("over the quota", async () => {
    const { aws, loadBalancer, targetGroup, listener } = world();
    const [balancer, group] = [await loadBalancer(), await targetGroup()];
    aws.behave({ limits: { listenersPerLoadBalancer: 1 } });
    await listener(balancer, group);
    expect(await verdictOn(listener(balancer, group, { Port: 81 }))).toBe("TooManyListeners");
    aws.behave({ limits: { listenersPerLoadBalancer: 50 } });
  });
});

describe("a listener changes", () => {
  test("from TCP to TLS and back: policy, certificate and ALPN come and go", async () => {
    const { elb, loadBalancer, targetGroup, listener, certificate } = world();
    const ListenerArn = await listener(await loadBalancer(), await targetGroup());
    const Certificates = [{ CertificateArn: await certificate() }];

    expect(await verdictOn(elb.modifyListener({ ListenerArn, Protocol: "TLS" }))).toBe("CertificateNotFound");
    await elb.modifyListener({ ListenerArn, Protocol: "TLS", Certificates, AlpnPolicy: ["HTTP2Preferred"] });
    expect(await shown(ListenerArn)).toMatchObject({
      Protocol: "TLS",
      Certificates,
      SslPolicy: "ELBSecurityPolicy-2016-08",
      AlpnPolicy: ["HTTP2Preferred"],
    });
    await elb.modifyListener({ ListenerArn, SslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06" });
    expect(await shown(ListenerArn)).toMatchObject({
      SslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
      Certificates,
    });

    await elb.modifyListener({ ListenerArn, Protocol: "TCP" });
    const after = await shown(ListenerArn);
    expect(after?.Protocol).toBe("TCP");
    expect([after?.SslPolicy, after?.Certificates, after?.AlpnPolicy]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("port and groups: the old group is free, the new one is not", async () => {
    const { elb, loadBalancer, targetGroup, listener } = world();
    const [balancer, before, after] = [await loadBalancer(), await targetGroup(), await targetGroup()];
    const ListenerArn = await listener(balancer, before);
    await listener(balancer, before, { Port: 90 });
    await elb.deleteListener({ ListenerArn: await listener(balancer, before, { Port: 91 }) });

    expect(await verdictOn(elb.modifyListener({ ListenerArn, Port: 90 }))).toBe("DuplicateListener");
    await elb.modifyListener({ ListenerArn, Port: 92, ...forwardTo(after) });
    expect(await shown(ListenerArn)).toMatchObject({ Port: 92, DefaultActions: [{ TargetGroupArn: after }] });
    const { TargetGroups } = await elb.describeTargetGroups({ LoadBalancerArn: balancer });
    expect(TargetGroups?.map((group) => group.TargetGroupArn).sort()).toEqual([before, after].sort());
    expect(await verdictOn(elb.deleteTargetGroup({ TargetGroupArn: after }))).toBe("ResourceInUse");
  });

  test("its protocol only to one that suits its groups", async () => {
    const { elb, loadBalancer, targetGroup, listener } = world();
    const ListenerArn = await listener(await loadBalancer(), await targetGroup({ Protocol: "TCP_UDP" }));
    await elb.modifyListener({ ListenerArn, Protocol: "TCP_UDP" });
    await elb.modifyListener({ ListenerArn, Protocol: "UDP" });
    expect((await shown(ListenerArn))?.Protocol).toBe("UDP");
    expect(await verdictOn(elb.modifyListener({ ListenerArn, Protocol: "QUIC" }))).toBe(
      "IncompatibleProtocols",
    );
  });

  test("its idle timeout, within bounds and over TCP only", async () => {
    const { elb, loadBalancer, targetGroup, listener } = world();
    const balancer = await loadBalancer();
    const tcp = await listener(balancer, await targetGroup());
    const udp = await listener(balancer, await targetGroup({ Protocol: "UDP" }), {
      Protocol: "UDP",
      Port: 53,
    });
    const idle = (ListenerArn: string, Value: string) =>
      elb.modifyListenerAttributes({ ListenerArn, Attributes: [{ Key: "tcp.idle_timeout.seconds", Value }] });
    const found = async (ListenerArn: string) =>
      (await elb.describeListenerAttributes({ ListenerArn })).Attributes;

    expect(await found(tcp)).toEqual([{ Key: "tcp.idle_timeout.seconds", Value: "350" }]);
    await idle(tcp, "60");
    expect(await verdictOn(idle(tcp, "59"))).toBe("ValidationError");
    expect(await found(tcp)).toEqual([{ Key: "tcp.idle_timeout.seconds", Value: "60" }]);
    expect(await verdictOn(idle(udp, "60"))).toBe("InvalidConfigurationRequest");
  });
});

test("certificates beside the default one come and go; the default one stays", async () => {
  const { elb, loadBalancer, targetGroup, listener, certificate } = world();
  const [first, second] = [await certificate(), await certificate()];
  const tls = { Protocol: "TLS" as const, Certificates: [{ CertificateArn: first }] };
  const ListenerArn = await listener(await loadBalancer(), await targetGroup(), tls);
  const change = (CertificateArn: string) => ({ ListenerArn, Certificates: [{ CertificateArn }] });
  const found = async () => (await elb.describeListenerCertificates({ ListenerArn })).Certificates;

  await elb.addListenerCertificates(change(second));
  expect(await found()).toEqual([
    { CertificateArn: first, IsDefault: true },
    { CertificateArn: second, IsDefault: false },
  ]);
  expect(await verdictOn(elb.addListenerCertificates(change(`${first}0`)))).toBe("CertificateNotFound");
  expect(await verdictOn(elb.removeListenerCertificates(change(first)))).toBe("OperationNotPermitted");
  await elb.removeListenerCertificates(change(second));
  expect(await found()).toEqual([{ CertificateArn: first, IsDefault: true }]);
});

test("a listener that is not there is NotFound; those of a deleted load balancer are gone", async () => {
  const { elb, loadBalancer, targetGroup, listener } = world();
  const LoadBalancerArn = await loadBalancer();
  const ListenerArn = await listener(LoadBalancerArn, await targetGroup());
  await elb.deleteLoadBalancer({ LoadBalancerArn });
  expect(await verdictOn(elb.describeListeners({ ListenerArns: [ListenerArn] }))).toBe("ListenerNotFound");
  expect(await verdictOn(elb.describeListeners({ LoadBalancerArn }))).toBe("LoadBalancerNotFound");
  expect(await verdictOn(elb.deleteListener({ ListenerArn }))).toBe("ListenerNotFound");
});
