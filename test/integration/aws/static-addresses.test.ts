/** Addresses that users choose, two families, and two frontends of one Service: what stands in the status of the Service, and in AWS. */
import { expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { eventually } from "../support/installation.ts";
import { type Ref, seen, served } from "./served.ts";
import { acknowledge, awsWorld, LBC } from "./support.ts";

const world = awsWorld({ ipv6: true });

interface Elastic {
  readonly id: string;
  readonly ip: string;
}

async function elasticAddresses(count: number): Promise<Elastic[]> {
  const all: Elastic[] = [];
  while (all.length < count) {
    const { AllocationId: id = "", PublicIp: ip = "" } = await world().ec2.allocateAddress({ Domain: "vpc" });
    all.push({ id, ip });
  }
  return all;
}

function privateAddresses(last: number): string[] {
  return world().network.internalSubnets.map(({ cidr }) => cidr.replace(/0\/24$/, String(last)));
}

async function ingressOf(ref: Ref) {
  return (await world().cluster.service(ref)).status?.loadBalancer?.ingress;
}

const proxied = (ips: readonly string[]) => ips.map((ip) => ({ ip, ipMode: "Proxy" }));
/** One for each subnet, in their order. */
function eips(all: readonly Elastic[], frontend = ""): Record<string, string> {
  return {
    [`${LBC}-subnets${frontend}`]: world()
      .network.publicSubnets.map(({ id }) => id)
      .join(),
    [`${LBC}-eip-allocations${frontend}`]: all.map(({ id }) => id).join(),
  };
}

test("Elastic IPs are in the status behind the name, and others mean a replacement that has to be agreed to", async () => {
  const { cluster } = world();
  const [first, second] = [await elasticAddresses(3), await elasticAddresses(3)];
  const ref = await served(world(), "public", {
    annotations: { "fairlead.io/scheme": "external", ...eips(first) },
  });
  const old = await seen(world(), ref);
  expect(await ingressOf(ref)).toEqual([{ hostname: old.dnsName }, ...proxied(first.map(({ ip }) => ip))]);

  await cluster.edit(services, ref, { metadata: { annotations: eips(second) } });
  const { message } = await cluster.condition(loadBalancers, ref, "Degraded", "ReplacementNotAcknowledged");
  expect(await ingressOf(ref)).toEqual([{ hostname: old.dnsName }, ...proxied(first.map(({ ip }) => ip))]);
  await acknowledge(cluster, ref, message);
  await eventually(async () => {
    const now = await seen(world(), ref);
    expect(await ingressOf(ref)).toEqual([{ hostname: now.dnsName }, ...proxied(second.map(({ ip }) => ip))]);
  }, "it has the other addresses");
  expect((await seen(world(), ref)).arn).not.toBe(old.arn);
});

test("a Service has private addresses inside and Elastic IPs outside at once, the internal ones first", async () => {
  const { cluster } = world();
  const inside = privateAddresses(50);
  const outside = await elasticAddresses(3);
  const ref = { namespace: await world().namespace(), name: "both" };
  await world().createService(ref, {
    annotations: {
      "fairlead.io/frontends": "internal,external",
      [`${LBC}-private-ipv4-addresses.internal`]: inside.join(),
      ...eips(outside, ".external"),
    },
  });
  for (const scheme of ["internal", "external"]) await world().applied({ ...ref, name: `both-${scheme}` });
  const [internal, external] = await Promise.all(
    ["internal", "external"].map((scheme) => world().balancer(`${ref.namespace}/both-${scheme}`)),
  );
  await eventually(
    async () =>
      expect(await ingressOf(ref)).toEqual([
        { hostname: internal?.dnsName },
        ...proxied(inside),
        { hostname: external?.dnsName },
        ...proxied(outside.map(({ ip }) => ip)),
      ]),
    "both are in the status",
  );
  // A mistake in one frontend leaves the other as it is.
  await cluster.edit(services, ref, {
    metadata: { annotations: { [`${LBC}-eip-allocations.external`]: outside[0]?.id } },
  });
  const told = await cluster.condition(services, ref, "fairlead.io/Degraded", "SpecRefused");
  expect(told.message).toContain("external frontend");
  expect((await ingressOf(ref))?.length).toBe(8);
  expect((await world().balancer(`${ref.namespace}/both-external`)).arn).toBe(external?.arn);
});

test("an Elastic IP that is not there is told, and a wrong number of addresses costs no call", async () => {
  const { aws, cluster } = world();
  const [one, two] = (await elasticAddresses(2)).map(({ id }) => id);
  const annotations = {
    "fairlead.io/scheme": "external",
    [`${LBC}-eip-allocations`]: `${one},${two},eipalloc-0123456789abcdef0`,
  };
  const ref = { namespace: await world().namespace(), name: "lost" };
  await world().createService(ref, { annotations });
  const told = await cluster.condition(loadBalancers, ref, "Programmed", "MissingReference");
  expect(told.message).toContain("eipalloc-0123456789abcdef0");
  await cluster.edit(services, ref, {
    metadata: { annotations: { [`${LBC}-eip-allocations`]: `${one},${two}` } },
  });
  await cluster.condition(loadBalancers, ref, "Programmed", "InvalidSettings");
  aws.clearCalls();
  await cluster.edit(services, ref, { metadata: { labels: { touched: "yes" } } });
  await cluster.remove(services, ref);
  await cluster.gone(services, ref);
  expect(
    world()
      .written()
      .filter(({ operation }) => operation.startsWith("Create")),
  ).toEqual([]);
});

test("a load balancer gets a second family in place and gives it back, and clients of both are let in meanwhile", async () => {
  const { cluster, elb, network } = world();
  const ref = await served(world(), "dual", {
    annotations: { "fairlead.io/scheme": "external" },
  });
  const { arn, dnsName, frontGroup } = await seen(world(), ref);
  const expectType = (type: string, sources: readonly string[]) =>
    eventually(async () => {
      const { LoadBalancers: [lb] = [] } = await elb.describeLoadBalancers({ LoadBalancerArns: [arn] });
      expect(lb?.IpAddressType).toBe(type);
      const rules = sources.map((source) => `tcp 80 from ${source}`);
      expect(await world().rules(frontGroup)).toEqual(rules);
    }, `it is ${type}`);
  await expectType("ipv4", ["0.0.0.0/0"]);
  const setType = (type: string | null) =>
    cluster.edit(services, ref, { metadata: { annotations: { [`${LBC}-ip-address-type`]: type } } });
  await setType("dualstack");
  await expectType("dualstack", ["0.0.0.0/0", "::/0"]);
  await setType(null);
  await expectType("ipv4", ["0.0.0.0/0"]);
  expect(await cluster.addresses(ref)).toEqual([dnsName]);

  const six = network.publicSubnets.map(({ ipv6Cidr = "" }) => ipv6Cidr.replace(/::\/64$/, "::99"));
  const pinned = await served(world(), "pinned", {
    annotations: {
      "fairlead.io/scheme": "external",
      [`${LBC}-ip-address-type`]: "dualstack",
      [`${LBC}-ipv6-addresses`]: six.join(),
    },
  });
  const lb = await seen(world(), pinned);
  expect(await ingressOf(pinned)).toEqual([{ hostname: lb.dnsName }, ...proxied(six)]);
});
