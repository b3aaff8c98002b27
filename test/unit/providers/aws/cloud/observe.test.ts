import { EC2 } from "@aws-sdk/client-ec2";
import { expect, test } from "@jest/globals";
import { clientSettings } from "../../../../simulators/aws/network.ts";
import { arranged } from "./arranged.ts";

const at = arranged();
const { signal } = new AbortController();

test("many stacks are looked at together: lists once, tags by twenties, and five calls for each", async () => {
  const { aws, calls, provider, restarted, run, planned, stack } = at();
  const first = stack();
  const stacks = Array.from({ length: 30 }, (_, index) => stack({ name: `web-${index}` }));
  // The group that all share is made for the first.
  await planned(first);
  const plans = await Promise.all(stacks.map((one) => planned(one)));
  await Promise.all(stacks.map((one, index) => run(plans[index] ?? { operations: [] }, one)));
  aws.clearCalls();
  const refs = stacks.map(({ key, cls }) => ({ key, cls, shared: false, adopt: [] }));
  const found = await restarted().observe(refs, signal);
  expect([...found.values()].every((resources) => resources.length === 5)).toBe(true);
  expect(calls()).toEqual({
    DescribeLoadBalancers: 1,
    DescribeTargetGroups: 1,
    DescribeSecurityGroups: 1,
    // 30 load balancers, 30 target groups, 30 listeners.
    DescribeTags: 6,
    DescribeLoadBalancerAttributes: 30,
    DescribeListeners: 30,
    DescribeListenerAttributes: 30,
    DescribeTargetGroupAttributes: 30,
    DescribeTargetHealth: 30,
  });

  aws.clearCalls();
  const one = refs.slice(0, 1);
  await restarted().observe(one, signal);
  expect(calls()).toMatchObject({ DescribeTags: 3, DescribeListeners: 1 });

  // Of what is to be deleted it is enough to know that it is there.
  aws.clearCalls();
  const going = refs.slice(0, 2).map((ref) => ({ ...ref, going: true }));
  const left = await restarted().observe(going, signal);
  for (const { key } of going)
    expect(left.get(key)?.map(({ id }) => id)).toEqual(found.get(key)?.map(({ id }) => id));
  expect(calls()).toEqual({
    DescribeLoadBalancers: 1,
    DescribeTargetGroups: 1,
    DescribeSecurityGroups: 1,
    DescribeTags: 3,
    DescribeListeners: 2,
  });

  aws.clearCalls();
  const polled = refs.map((ref) => ({ ...ref, observed: found.get(ref.key) ?? [] }));
  await provider.poll?.(polled, signal);
  expect(calls()).toEqual({ DescribeLoadBalancers: 1 });
});

test("the state is followed until the load balancer is active", async () => {
  const { aws, observe, provider, settle, stack } = at();
  aws.behave({ provisioningDescribes: 2 });
  const web = stack();
  await settle(web);
  const observed = await observe(web);
  const ref = { key: web.key, cls: web.cls, shared: false, adopt: [], observed };
  const stateIn = (resources: typeof observed | undefined) =>
    resources?.find(({ id }) => id === "load-balancer")?.fields.state;
  const states = [stateIn(observed)];
  for (let count = 0; count < 3; count++)
    states.push(stateIn((await provider.poll?.([ref], signal))?.get(web.key)));
  expect(states[0]).toBe("provisioning");
  expect(states.at(-1)).toBe("active");
  const now = (await provider.poll?.([ref], signal))?.get(web.key);
  expect(now?.map(({ id }) => id)).toEqual(observed.map(({ id }) => id));
});

test("capacity is reserved once the load balancer is active, and given back when it is not asked for", async () => {
  const { aws, calls, observe, settle, stack } = at();
  aws.behave({ provisioningDescribes: 3 });
  const reserved = stack({ settings: { capacityUnits: 100 } });
  await settle(reserved);
  expect(calls().ModifyCapacityReservation).toBeUndefined();
  for (let count = 0; count < 4; count++) await settle(reserved);
  expect(calls().ModifyCapacityReservation).toBe(1);
  const units = async () =>
    (await observe(reserved)).find(({ id }) => id === "load-balancer")?.fields.minimumCapacity;
  expect(await units()).toBe(100);
  await settle(stack());
  expect(await units()).toBe(0);
});

test("facts are read once for all, and again for nodes that are new", async () => {
  const { aws, calls, network, provider, stack } = at();
  const many = Array.from({ length: 20 }, (_, index) => stack({ name: `web-${index}` }));
  await Promise.all(many.map((one) => provider.facts(one, signal)));
  expect(calls()).toEqual({ DescribeInstances: 1, DescribeVpcs: 1, DescribeSubnets: 1 });
  await network.addNode();
  aws.clearCalls();
  const facts = (await provider.facts(stack(), signal)) as { instances: Record<string, unknown> };
  expect(Object.keys(facts.instances).sort()).toEqual(network.nodes.map(({ instance }) => instance).sort());
  expect(calls()).toEqual({ DescribeInstances: 1 });
});

test("where no subnet has a role, routes tell which are public", async () => {
  const { aws, network, provider, stack } = at();
  const ec2 = new EC2(clientSettings(aws));
  const all = [...network.publicSubnets, ...network.internalSubnets].map(({ id }) => id);
  const keys = ["kubernetes.io/role/elb", "kubernetes.io/role/internal-elb"];
  await ec2.deleteTags({ Resources: all, Tags: keys.map((Key) => ({ Key })) });
  const { subnets } = (await provider.facts(stack(), signal)) as {
    subnets: { id: string; public: boolean | null }[];
  };
  const open = subnets.flatMap((subnet) => (subnet.public === true ? [subnet.id] : []));
  expect(open.sort()).toEqual(network.publicSubnets.map(({ id }) => id).sort());
});

test("a class of a cluster without instances has to name its VPC", async () => {
  const { network, provider, stack } = at();
  await expect(provider.facts(stack({}, { nodes: [] }), signal)).rejects.toThrow("set settings.vpc");
  const named = stack({ cls: { vpc: network.vpc } }, { nodes: [] });
  await expect(provider.facts(named, signal)).resolves.toMatchObject({ vpc: { id: network.vpc } });
});
