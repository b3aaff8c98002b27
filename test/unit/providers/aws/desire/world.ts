/** A VPC, nodes and load balancers for tests: a row says only what it is about. */
import type { EndpointSlice, Node } from "../../../../../src/api/kubernetes.ts";
import type { LoadBalancer, LoadBalancerSpec } from "../../../../../src/api/load-balancer.ts";
import type { LoadBalancerClass } from "../../../../../src/api/load-balancer-class.ts";
import { expectedAfter } from "../../../../../src/core/plan/expected.ts";
import { plan } from "../../../../../src/core/plan/plan.ts";
import { resolveShared } from "../../../../../src/core/plan/reference.ts";
import type {
  DesiredResource,
  Fields,
  Json,
  ObservedResource,
  Plan,
} from "../../../../../src/core/plan/types.ts";
import { desire } from "../../../../../src/providers/aws/desire/desire.ts";
import { stackOf } from "../../../../../src/providers/aws/desire/view.ts";
import type { AwsFacts, SubnetFacts } from "../../../../../src/providers/aws/model/facts.ts";
import type { ZoneFields } from "../../../../../src/providers/aws/model/resources.ts";
import { rules } from "../../../../../src/providers/aws/model/rules.ts";
import type { Desired, Member, Stack } from "../../../../../src/providers/provider.ts";

export const clusterUid = "11111111-2222-3333-4444-555555555555";

export function subnet(id: string, zone: string, more: Partial<SubnetFacts> = {}): SubnetFacts {
  const number = Number.parseInt(id.slice(-1), 16);
  return {
    id: `subnet-${id}`,
    zone: `eu-west-1${zone}`,
    cidr: `10.0.${number}.0/24`,
    freeAddresses: 200,
    tags: {},
    public: false,
    ...more,
  };
}

export function facts(more: Partial<AwsFacts> = {}): AwsFacts {
  return {
    region: "eu-west-1",
    vpc: { id: "vpc-1", ipv4: ["10.0.0.0/16"], ipv6: [] },
    subnets: [
      subnet("a1", "a"),
      subnet("b2", "b"),
      subnet("a3", "a", { public: true }),
      subnet("b4", "b", { public: true }),
    ],
    securityGroups: [
      { id: "sg-aa", name: "front", tags: { Name: "front" } },
      { id: "sg-bb", name: "other", tags: { Name: "twice" } },
      { id: "sg-cc", name: "third", tags: { Name: "twice" } },
    ],
    instances: Object.fromEntries(
      ["a", "b", "c"].map((name) => [
        `i-0${name}`,
        { vpc: "vpc-1", securityGroups: [{ id: "sg-0d", clusterTagged: false }] },
      ]),
    ),
    ...more,
  };
}

/** The VPC with IPv6 in every subnet. */
export function dualFacts(): AwsFacts {
  const plain = facts();
  const vpc = { ...plain.vpc, ipv6: ["2001:db8::/56"] };
  const subnets = plain.subnets.map((each) => ({
    ...each,
    ipv6Cidr: `2001:db8:0:${each.id.at(-1)}::/64`,
  }));
  return { ...plain, vpc, subnets };
}

export function node(name: string, more: Partial<Node["metadata"]> = {}, providerID?: string): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: `node-${name}`, labels: { "topology.kubernetes.io/zone": "eu-west-1a" }, ...more },
    spec: { providerID: providerID ?? `aws:///eu-west-1a/i-0${name}` },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  };
}

export interface Wanted {
  readonly name?: string;
  readonly settings?: Record<string, unknown>;
  readonly spec?: Partial<LoadBalancerSpec> | undefined;
  readonly cls?: Record<string, unknown>;
  readonly order?: string;
  readonly status?: LoadBalancer["status"];
  readonly finalizers?: string[];
}

export function member(wanted: Wanted = {}): Member {
  const { name = "web", settings, spec, cls, order = name, status, finalizers } = wanted;
  const lb: LoadBalancer = {
    apiVersion: "fairlead.io/v1alpha1",
    kind: "LoadBalancer",
    metadata: { name, namespace: "shop", uid: `uid-of-${name}` },
    spec: {
      className: "aws",
      serviceRef: { name, uid: `service-${name}` },
      frontend: "default",
      scheme: "internal",
      ports: [{ name: "http", port: 80, protocol: "TCP", nodePort: 30080, targetPort: 8080 }],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ...(settings === undefined ? {} : { settings }),
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "shop", finalizers },
    spec: {},
  };
  return { key: `shop/${name}`, lb, cls: classOf(cls), order, ...(finalizers ? { service } : {}) };
}

function classOf(settings: Record<string, unknown> = {}): LoadBalancerClass {
  return {
    apiVersion: "fairlead.io/v1alpha1",
    kind: "LoadBalancerClass",
    metadata: { name: "aws" },
    spec: {
      provider: "aws",
      default: false,
      settings: { region: "eu-west-1", ...settings },
      defaults: { scheme: "internal" },
      policy: {
        external: { from: "All" },
        handWritten: { from: "None" },
        deletion: "Delete",
        drift: "Repair",
        replacement: "Acknowledge",
      },
    },
  };
}

export interface Surroundings {
  readonly nodes?: readonly Node[];
  readonly slices?: readonly EndpointSlice[];
  readonly leader?: string;
}

/** One member, or several of one group. */
export function stackWith(members: readonly Member[], around: Surroundings = {}): Stack {
  const { nodes = [node("a"), node("b")], slices = [slice()], leader = members[0]?.key } = around;
  const [first] = members;
  if (first === undefined) throw new Error("A stack for tests has members");
  return {
    key: stackOf(first),
    cls: first.cls,
    members,
    leader,
    nodes,
    endpointSlices: new Map(members.map(({ key }) => [key, slices])),
  };
}

export function slice(more: Partial<EndpointSlice> = {}): EndpointSlice {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "web-1", namespace: "shop" },
    addressType: "IPv4",
    endpoints: [
      { addresses: ["10.0.1.10"], zone: "eu-west-1a", targetRef: { kind: "Pod", name: "p" } },
      { addresses: ["10.0.2.20"], zone: "eu-west-1b", targetRef: { kind: "Pod", name: "q" } },
    ],
    ports: [{ name: "http", protocol: "TCP", port: 8080 }],
    ...more,
  };
}

export function desired(wanted: Wanted = {}, where: AwsFacts = facts(), around: Surroundings = {}): Desired {
  return desire(stackWith([member(wanted)], around), where, { clusterUid });
}

export function resource(of: Pick<Desired, "resources">, id: string): DesiredResource {
  const found = of.resources.find((each) => each.id === id);
  if (found === undefined)
    throw new Error(`There is no ${id}, but ${of.resources.map((each) => each.id).join(", ")}`);
  return found;
}

export function fields(of: Pick<Desired, "resources">, id: string): Fields {
  return resource(of, id).fields;
}

/** `kind reason: message` of each problem. */
export function told(of: Desired, key = "shop/web"): string[] {
  return (of.problems.get(key) ?? []).map(({ kind, reason, message }) => `${kind} ${reason}: ${message}`);
}

/** What exists once all that is desired was created, with ids of the cloud. */
export function built(resources: readonly DesiredResource[]): readonly ObservedResource[] {
  const settled = withoutShared(resources);
  const { operations } = planned(settled, []);
  const results = new Map(
    operations.map((operation) => {
      const created = { cloudId: `arn:${operation.id}`, fields: toldAtCreation(operation) };
      return [operation.key, { ended: "done", created } as const];
    }),
  );
  return expectedAfter([], settled, operations, results).resources;
}

/** A creation tells the subnet in each zone, and brings none that is nearly full. */
function toldAtCreation({ kind, changes }: Plan["operations"][number]): Fields {
  if (kind !== "load-balancer") return {};
  const wanted = changes.find(({ field }) => field === "zones")?.to as readonly ZoneFields[];
  const zones = wanted.filter(({ only }) => only !== "if-there").map(({ only: _only, ...zone }) => zone);
  const pins = zones.map(({ zone, sourceNatPrefix: _prefix, ...pin }) => [zone, pin] as const);
  return { zones, pins: Object.fromEntries(pins) };
}

export function planned(
  resources: readonly DesiredResource[],
  observed: readonly ObservedResource[],
  replacement: "Acknowledge" | "Allow" = "Acknowledge",
): Plan {
  return plan(withoutShared(resources), observed, rules, {
    replacement,
    drift: "Repair",
    deletion: "Delete",
  });
}

function withoutShared(resources: readonly DesiredResource[]): DesiredResource[] {
  const unknown = (): Json => "sg-backend";
  return resources.map((each) => ({
    ...each,
    fields: resolveShared(each.fields, () => undefined, unknown) as Fields,
  }));
}
