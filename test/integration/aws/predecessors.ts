/** Load balancers as others make them: people, the AWS Load Balancer Controller, and the service controller of the AWS cloud provider. */
import { expect } from "@jest/globals";
import { type Service, services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import type { ObjectRef } from "../../../src/runtime/kube/client.ts";
import type { SeenBalancer } from "./cloud.ts";
import type { Ref } from "./served.ts";
import type { World } from "./support.ts";

export interface Made {
  readonly arn: string;
  readonly name: string;
  /** Lower-case. */
  readonly dnsName: string;
  readonly securityGroups: readonly string[];
  /** ARNs. */
  readonly targetGroups: readonly string[];
}

type Tags = Readonly<Record<string, string>>;

interface Plan {
  readonly name: string;
  readonly scheme?: "internal" | "internet-facing";
  readonly securityGroups: readonly string[];
  readonly tags: Tags;
  readonly attributes?: Tags;
  readonly ports: readonly {
    readonly port: number;
    readonly targetPort: number;
    readonly groupName: string;
    readonly health?: { readonly seconds: number };
    readonly tags: Tags;
  }[];
}

/** In the internal subnets, with all nodes registered. */
async function make({ elb, network }: World, plan: Plan): Promise<Made> {
  const subnets = plan.scheme === "internet-facing" ? network.publicSubnets : network.internalSubnets;
  const { LoadBalancers: [lb] = [] } = await elb.createLoadBalancer({
    Name: plan.name,
    Type: "network",
    Scheme: plan.scheme ?? "internal",
    Subnets: subnets.map(({ id }) => id),
    ...(plan.securityGroups.length === 0 ? {} : { SecurityGroups: [...plan.securityGroups] }),
    Tags: listed(plan.tags),
  });
  const arn = lb?.LoadBalancerArn ?? "";
  if (plan.attributes !== undefined)
    await elb.modifyLoadBalancerAttributes({ LoadBalancerArn: arn, Attributes: listed(plan.attributes) });
  const targetGroups: string[] = [];
  for (const { port, targetPort, groupName, health, tags } of plan.ports) {
    const { TargetGroups: [group] = [] } = await elb.createTargetGroup({
      Name: groupName,
      Protocol: "TCP",
      Port: targetPort,
      TargetType: "instance",
      VpcId: network.vpc,
      HealthCheckProtocol: "TCP",
      HealthCheckIntervalSeconds: health?.seconds ?? 30,
      Tags: listed(tags),
    });
    const TargetGroupArn = group?.TargetGroupArn ?? "";
    targetGroups.push(TargetGroupArn);
    const Targets = network.nodes.map(({ instance }) => ({ Id: instance, Port: targetPort }));
    await elb.registerTargets({ TargetGroupArn, Targets });
    await elb.createListener({
      LoadBalancerArn: arn,
      Protocol: "TCP",
      Port: port,
      DefaultActions: [{ Type: "forward", TargetGroupArn }],
      Tags: listed(tags),
    });
  }
  const dnsName = (lb?.DNSName ?? "").toLowerCase();
  return { arn, name: plan.name, dnsName, securityGroups: plan.securityGroups, targetGroups };
}

/** What somebody made with a console: other ports behind it, another health check, and a listener more. */
export async function makeByHand(world: World, name: string): Promise<Made> {
  const own = await makeGroup(world, `${name}-clients`, { Owner: "somebody" });
  return make(world, {
    name,
    securityGroups: [own],
    tags: { Owner: "somebody" },
    attributes: { "deletion_protection.enabled": "true", "load_balancing.cross_zone.enabled": "true" },
    ports: [
      { port: 80, targetPort: 31000, groupName: `${name}-80`, tags: {} },
      { port: 9000, targetPort: 31001, groupName: `${name}-9000`, tags: {} },
    ],
  });
}

/**
 * As the AWS Load Balancer Controller (`kubernetes-sigs/aws-load-balancer-controller`, `pkg/service`, `pkg/deploy/tracking`) leaves it: names, tags,
 * a security group for clients, one for all nodes to know it by, a rule on the nodes, its finalizer and its hostname on the Service.
 */
export async function makeAsLoadBalancerController(world: World, ref: ObjectRef): Promise<Made> {
  const service = await world.cluster.service(ref);
  const stack = `${ref.namespace}/${ref.name}`;
  const tags = (resource: string): Tags => ({
    "elbv2.k8s.aws/cluster": "legacy",
    "service.k8s.aws/stack": stack,
    "service.k8s.aws/resource": resource,
  });
  const backendTags = { "elbv2.k8s.aws/cluster": "legacy", "elbv2.k8s.aws/resource": "backend-sg" };
  const name = `k8s-${short(ref.namespace ?? "")}-${short(ref.name)}-0a1b2c3d4e`;
  const front = await makeGroup(world, name, tags("ManagedLBSecurityGroup"));
  const backend = await makeGroup(world, `k8s-traffic-legacy-${short(ref.name)}`, backendTags);
  const ports = portsOf(service);
  await world.ec2.authorizeSecurityGroupIngress({
    GroupId: world.network.nodeSecurityGroup,
    IpPermissions: ports.map(({ nodePort }) => ({
      IpProtocol: "tcp",
      FromPort: nodePort,
      ToPort: nodePort,
      UserIdGroupPairs: [{ GroupId: backend, Description: "elbv2.k8s.aws/targetGroupBinding=shared" }],
    })),
  });
  const made = await make(world, {
    name,
    securityGroups: [front, backend],
    tags: tags("LoadBalancer"),
    ports: ports.map(({ port, nodePort }) => ({
      port,
      targetPort: nodePort,
      groupName: `k8s-${short(ref.namespace ?? "")}-${short(ref.name)}-${port}`,
      health: { seconds: 10 },
      tags: tags(`${stack}:${port}`),
    })),
  });
  await serveAs(world, ref, made, "service.k8s.aws/resources");
  return made;
}

/** As the service controller of `kubernetes/cloud-provider-aws` leaves a Service with the type `nlb`: no security group, its own names and tags. */
export async function makeAsCloudController(world: World, ref: ObjectRef): Promise<Made> {
  const service = await world.cluster.service(ref);
  const tags = {
    "kubernetes.io/service-name": `${ref.namespace}/${ref.name}`,
    "kubernetes.io/cluster/legacy": "owned",
  };
  const uid = service.metadata.uid?.replaceAll("-", "") ?? "";
  const ports = portsOf(service);
  const made = await make(world, {
    name: `a${uid}`.slice(0, 32),
    scheme: "internet-facing",
    securityGroups: [],
    tags,
    attributes: { "load_balancing.cross_zone.enabled": "false" },
    ports: ports.map(({ port, nodePort }) => ({
      port,
      targetPort: nodePort,
      groupName: `k8s-${short(ref.namespace ?? "")}-${short(ref.name)}-${port}c0`,
      tags,
    })),
  });
  await world.ec2.authorizeSecurityGroupIngress({
    GroupId: world.network.nodeSecurityGroup,
    IpPermissions: ports.map(({ nodePort }) => ({
      IpProtocol: "tcp",
      FromPort: nodePort,
      ToPort: nodePort,
      IpRanges: [{ CidrIp: "0.0.0.0/0", Description: `kubernetes.io/rule/nlb/client=${made.name}` }],
    })),
  });
  await serveAs(world, ref, made, "service.kubernetes.io/load-balancer-cleanup");
  return made;
}

/** The load balancer that was made, whoever's it is: with its name and its address. @throws when it is gone */
export async function stands(world: World, { arn, name, dnsName }: Made): Promise<SeenBalancer> {
  const lb = await world.at(arn);
  expect([lb.name, lb.dnsName]).toEqual([name, dnsName]);
  return lb;
}

/** Waits until it is ours to the last call. */
export async function taken(world: World, ref: Ref, made: Made): Promise<SeenBalancer> {
  await world.cluster.condition(loadBalancers, ref, "Programmed", "Programmed");
  await world.cluster.served(ref, [made.dnsName]);
  await world.applied(ref);
  const lb = await stands(world, made);
  const behind = lb.listeners.flatMap(({ arn, group }) => [arn, group.arn]);
  for (const arn of [lb.arn, ...behind])
    expect((await world.tags(arn))["fairlead.io/stack"]).toBe(`${ref.namespace}/${ref.name}`);
  return lb;
}

/** What a controller does at each of its rounds with tags that it does not know. */
export async function takeForeignTagsOff(world: World, { arn }: Made): Promise<void> {
  const { listeners } = await world.at(arn);
  for (const each of [arn, ...listeners.flatMap((listener) => [listener.arn, listener.group.arn])]) {
    const foreign = Object.keys(await world.tags(each)).filter((key) => key.startsWith("fairlead.io/"));
    if (foreign.length > 0) await world.elb.removeTags({ ResourceArns: [each], TagKeys: foreign });
  }
}

async function makeGroup({ ec2, network }: World, name: string, tags: Tags): Promise<string> {
  const { GroupId = "" } = await ec2.createSecurityGroup({
    GroupName: name,
    Description: "made by another",
    VpcId: network.vpc,
    TagSpecifications: [{ ResourceType: "security-group", Tags: listed(tags) }],
  });
  return GroupId;
}

async function serveAs({ cluster }: World, ref: ObjectRef, made: Made, finalizer: string): Promise<void> {
  const status = { loadBalancer: { ingress: [{ hostname: made.dnsName }] } };
  await cluster.client.patch(services, ref, { status }, { type: "merge", subresource: "status" });
  await cluster.edit(services, ref, { metadata: { finalizers: [finalizer] } });
}

function portsOf({ spec }: Service): { readonly port: number; readonly nodePort: number }[] {
  return (spec.ports ?? []).map(({ port, nodePort = 0 }) => ({ port, nodePort }));
}

function short(text: string): string {
  return text.replace(/[^a-z0-9]/g, "").slice(0, 8);
}

function listed(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
