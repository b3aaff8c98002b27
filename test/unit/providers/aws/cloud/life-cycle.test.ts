import { EC2 } from "@aws-sdk/client-ec2";
import { expect, test } from "@jest/globals";
import type { LoadBalancerSpec } from "../../../../../src/api/load-balancer.ts";
import { clientSettings } from "../../../../simulators/aws/network.ts";
import type { Wanted } from "../desire/world.ts";
import { arranged, requireDone, targetsIn } from "./arranged.ts";

const at = arranged();

const port = (number: number, more: object = {}): LoadBalancerSpec["ports"][number] => ({
  name: `p${number}`,
  port: number,
  protocol: "TCP",
  nodePort: 30000 + number,
  targetPort: 8080,
  ...more,
});

test("what was created is found again as it was wanted, at the price of one call for each thing", async () => {
  const { apply, planned, stack, calls } = at();
  const web = stack();
  requireDone((await apply(web)).execution);
  expect(calls()).toEqual({
    DescribeInstances: 1,
    DescribeVpcs: 1,
    DescribeSubnets: 1,
    // What nodes let in, what we have, and this test's look at what nodes let in then.
    DescribeSecurityGroups: 3,
    DescribeLoadBalancers: 1,
    DescribeTargetGroups: 1,
    CreateSecurityGroup: 2,
    AuthorizeSecurityGroupIngress: 2,
    CreateLoadBalancer: 1,
    CreateTargetGroup: 1,
    RegisterTargets: 1,
    CreateListener: 1,
  });
  expect((await planned(web)).operations).toEqual([]);
});

test("what is taken back leaves nothing, and costs a call for each thing that goes and one to see that it may", async () => {
  const { aws, apply, observe, remove, removeAll, stack, calls } = at();
  aws.behave({ deletionHoldTimes: 0 });
  const web = stack();
  requireDone((await apply(web)).execution);
  aws.clearCalls();
  requireDone((await remove(web)).execution);
  const { DescribeLoadBalancerAttributes: looks, ...deletions } = Object.fromEntries(
    Object.entries(calls()).filter(
      ([name]) => name.startsWith("Delete") || name.endsWith("LoadBalancerAttributes"),
    ),
  );
  expect(deletions).toEqual({
    DeleteListener: 1,
    DeleteTargetGroup: 1,
    DeleteLoadBalancer: 1,
    DeleteSecurityGroup: 1,
  });
  // One of them was to know what is there.
  expect(looks).toBe(2);
  await removeAll(web);
  expect(await observe(web)).toEqual([]);
});

test("what AWS still holds is deleted later", async () => {
  const { aws, apply, observe, remove, removeAll, stack } = at();
  aws.behave({ deletionHoldTimes: 2 });
  const web = stack();
  requireDone((await apply(web)).execution);
  expect((await remove(web)).execution.complete).toBe(false);
  await removeAll(web);
  expect(await observe(web)).toEqual([]);
});

const changes: readonly {
  readonly what: string;
  readonly from?: Wanted;
  readonly to: Wanted;
  /** Of the resource of that id after the change: what it has, and a tag that it has not. */
  readonly shows: { readonly id: string; readonly with: Record<string, unknown>; readonly gone?: string };
}[] = [
  {
    what: "an attribute of the load balancer",
    to: { settings: { attributes: { "load_balancing.cross_zone.enabled": "true" } } },
    shows: { id: "load-balancer", with: { attributes: { "load_balancing.cross_zone.enabled": "true" } } },
  },
  {
    what: "an attribute that is no longer asked for",
    from: { settings: { attributes: { "load_balancing.cross_zone.enabled": "true" } } },
    to: {},
    shows: { id: "load-balancer", with: { attributes: { "load_balancing.cross_zone.enabled": "false" } } },
  },
  {
    what: "where logs are kept in the bucket, no longer asked for",
    from: {
      settings: {
        attributes: {
          "access_logs.s3.enabled": "true",
          "access_logs.s3.bucket": "logs",
          "access_logs.s3.prefix": "web",
        },
      },
    },
    to: {
      settings: { attributes: { "access_logs.s3.enabled": "true", "access_logs.s3.bucket": "logs" } },
    },
    shows: { id: "load-balancer", with: { attributes: { "access_logs.s3.prefix": "" } } },
  },
  {
    what: "tags added, changed and taken away",
    from: { settings: { tags: { team: "a", cost: "1" } } },
    to: { settings: { tags: { team: "b", unit: "x" } } },
    shows: { id: "load-balancer", with: { tags: { team: "b", unit: "x" } }, gone: "cost" },
  },
  {
    what: "tags of the security group",
    from: { settings: { tags: { team: "a" } } },
    to: { settings: { tags: { unit: "x" } } },
    shows: { id: "security-group/internal", with: { tags: { unit: "x" } }, gone: "team" },
  },
  {
    what: "tags of the listener",
    from: { settings: { tags: { team: "a" } } },
    to: { settings: { tags: { unit: "x" } } },
    shows: { id: "listener/80", with: { tags: { unit: "x" } }, gone: "team" },
  },
  {
    what: "fewer subnets",
    to: { settings: { subnets: ["fairlead-internal-elb-us-west-2a", "fairlead-internal-elb-us-west-2b"] } },
    shows: { id: "load-balancer", with: { zones: [{ zone: "us-west-2a" }, { zone: "us-west-2b" }] } },
  },
  {
    what: "both families",
    to: { settings: { ipAddressType: "dualstack" } },
    shows: { id: "load-balancer", with: { ipAddressType: "dualstack" } },
  },
  {
    what: "one family again",
    from: { settings: { ipAddressType: "dualstack" } },
    to: {},
    shows: { id: "load-balancer", with: { ipAddressType: "ipv4" } },
  },
  {
    what: "rules that do not hold for PrivateLink",
    to: { settings: { enforceInboundOnPrivateLink: "off" } },
    shows: { id: "load-balancer", with: { privateLinkRules: "off" } },
  },
  {
    what: "who may come in",
    to: { spec: { sourceRanges: ["192.0.2.0/24"] } },
    shows: { id: "security-group/internal", with: { ingress: [{ source: { cidr: "192.0.2.0/24" } }] } },
  },
  {
    what: "how targets are checked",
    to: {
      settings: {
        healthCheck: { protocol: "HTTP", path: "/up", intervalSeconds: 20, successCodes: "200-299" },
      },
    },
    shows: { id: "target-group/80", with: { healthCheck: { protocol: "HTTP", path: "/up", interval: 20 } } },
  },
  {
    what: "an attribute of target groups",
    to: { settings: { targetGroupAttributes: { "deregistration_delay.timeout_seconds": "30" } } },
    shows: { id: "target-group/80", with: { attributes: { "deregistration_delay.timeout_seconds": "30" } } },
  },
  {
    what: "an attribute of target groups that is no longer asked for",
    from: {
      settings: {
        targetGroupAttributes: { "proxy_protocol_v2.client_to_server.header_placement": "on_first_ack" },
      },
    },
    to: {},
    shows: {
      id: "target-group/80",
      with: {
        attributes: { "proxy_protocol_v2.client_to_server.header_placement": "on_first_ack_with_payload" },
      },
    },
  },
  {
    what: "an attribute of listeners",
    to: { settings: { listenerAttributes: { "TCP-80": { "tcp.idle_timeout.seconds": "600" } } } },
    shows: { id: "listener/80", with: { attributes: { "tcp.idle_timeout.seconds": "600" } } },
  },
  {
    what: "a port more",
    to: { spec: { ports: [port(80), port(443)] } },
    shows: { id: "listener/443", with: { port: 443 } },
  },
  {
    what: "another protocol, with its target group replaced",
    from: { spec: { ports: [port(53)] } },
    to: { spec: { ports: [port(53, { protocol: "UDP" })] } },
    shows: { id: "listener/53", with: { protocol: "UDP" } },
  },
  {
    what: "another node port",
    from: { spec: { ports: [port(80)] } },
    to: { spec: { ports: [port(80, { nodePort: 31000 })] } },
    shows: { id: "targets/80", with: { targets: [{ port: 31000 }, { port: 31000 }, { port: 31000 }] } },
  },
  {
    what: "another scheme, with the load balancer replaced",
    to: { spec: { scheme: "external" } },
    shows: { id: "load-balancer", with: { scheme: "internet-facing" } },
  },
];

test.each(changes)("$what: is changed, and found so", async ({ from = {}, to, shows }) => {
  const { observe, planned, settle, stack } = at();
  const whole = (wanted: Wanted): Wanted => ({ ...wanted, cls: { clusterName: "fairlead", ...wanted.cls } });
  await settle(stack(whole(from)));
  const changed = stack(whole(to));
  expect((await settle(changed)).operations).not.toEqual([]);
  const there = (await observe(changed)).filter(({ id }) => id === shows.id);
  expect(there).toHaveLength(1);
  expect(there[0]?.fields).toMatchObject(shows.with);
  expect(Object.keys((there[0]?.fields.tags as object | undefined) ?? {})).not.toContain(shows.gone);
  expect((await planned(changed)).operations).toEqual([]);
});

test("who may come in is changed where old and new rules do not fit into the group together", async () => {
  const { aws, observe, planned, settle, stack } = at();
  aws.behave({ limits: { rulesPerSecurityGroup: 3 } });
  const ranges = (number: number) => [1, 2, 3].map((last) => `192.0.${number}.${last}/32`);
  await settle(stack({ spec: { sourceRanges: ranges(2) } }));
  const moved = stack({ spec: { sourceRanges: ranges(3) } });
  await settle(moved);
  const group = (await observe(moved)).find(({ id }) => id === "security-group/internal");
  expect(group?.fields.ingress).toMatchObject(ranges(3).map((cidr) => ({ source: { cidr } })));
  // With a port that comes, the group is widened for it first.
  const more = stack({ spec: { sourceRanges: ["192.0.4.1/32"], ports: [port(80), port(81), port(82)] } });
  await settle(more);
  expect((await planned(more)).operations).toEqual([]);
});

test("a node takes the place of another in a target group that is full", async () => {
  const { aws, network, observe, settle, stack } = at();
  aws.behave({ limits: { targetsPerTargetGroup: network.nodes.length } });
  await settle(stack());
  const [gone] = network.nodes;
  await network.addNode();
  const { nodes } = stack();
  const other = stack({}, { nodes: nodes.filter(({ spec }) => spec?.providerID !== gone?.providerID) });
  await settle(other);
  const stay = network.nodes.filter((each) => each !== gone);
  expect(targetsIn(await observe(other))).toEqual(stay.map(({ instance }) => instance).sort());
});

test("a load balancer that is replaced keeps its Elastic IPs, which the old one has to give up first", async () => {
  const { aws, network, observe, planned, settle, stack } = at();
  const ec2 = new EC2(clientSettings(aws, aws.motoEndpoint));
  const allocated = await Promise.all(
    network.publicSubnets.map(() => ec2.allocateAddress({ Domain: "vpc" })),
  );
  const eipAllocations = allocated.map(({ AllocationId }) => AllocationId);
  const wanted = (settings: object): Wanted => ({
    settings: { subnets: network.publicSubnets.map(({ id }) => id), eipAllocations, ...settings },
    spec: { scheme: "external" },
  });
  await settle(stack(wanted({})));
  const before = (await observe(stack())).find(({ id }) => id === "load-balancer");
  const open = stack(wanted({ disableSecurityGroups: true }));
  await settle(open);
  const after = (await observe(open)).filter(({ id }) => id === "load-balancer");
  expect(after).toHaveLength(1);
  expect(after[0]?.cloudId).not.toBe(before?.cloudId);
  expect(after[0]?.fields.zoneAddresses).toEqual(before?.fields.zoneAddresses);
  expect((await planned(open)).operations).toEqual([]);
});

test("a port less takes its listener, target group and rules with it", async () => {
  const { observe, planned, settle, stack } = at();
  await settle(stack({ spec: { ports: [port(80), port(443)] } }));
  const one = stack({ spec: { ports: [port(80)] } });
  await settle(one);
  const ids = (await observe(one)).map(({ id }) => id).sort();
  expect(ids).toEqual([
    "listener/80",
    "load-balancer",
    "security-group/internal",
    "target-group/80",
    "targets/80",
  ]);
  expect((await planned(one)).operations).toEqual([]);
});

test("a node that comes is registered and one that goes is not, in one write each", async () => {
  const { aws, network, observe, settle, stack } = at();
  await settle(stack());
  const writes = () => aws.calls.filter(({ isWrite }) => isWrite).map(({ operation }) => operation);
  const added = await network.addNode();
  aws.clearCalls();
  await settle(stack());
  expect(writes()).toEqual(["RegisterTargets"]);
  expect(targetsIn(await observe(stack()))).toEqual(network.nodes.map(({ instance }) => instance).sort());
  aws.clearCalls();
  const { nodes } = stack();
  await settle(stack({}, { nodes: nodes.filter(({ spec }) => !spec?.providerID?.endsWith(added.instance)) }));
  expect(writes()).toEqual(["DeregisterTargets"]);
  expect(targetsIn(await observe(stack()))).not.toContain(added.instance);
});
