/** What the proxy remembers because moto does not: it is complete for everything that was made through the proxy. */
import type { IamPolicy } from "./iam/policy.ts";
import type { Moto } from "./moto/client.ts";
import type { Behaviour } from "./types.ts";
import type { Fields, Flat } from "./wire/query.ts";
import type { Shape } from "./wire/xml.ts";

/** One zone of a load balancer. */
export interface Mapping {
  readonly subnet: string;
  readonly zone: string;
  readonly allocation?: string;
  /** The address of the allocation. */
  readonly publicIPv4?: string;
  readonly privateIPv4?: string;
  readonly ipv6?: string;
  readonly natPrefix?: string;
}

export interface LoadBalancer {
  readonly arn: string;
  readonly name: string;
  /** As moto told them when it was made. */
  readonly created: string;
  readonly hostedZone: string;
  readonly scheme: string;
  readonly vpc: string;
  ipAddressType: string;
  mappings: readonly Mapping[];
  securityGroups: readonly string[];
  privateLink: string;
  natPrefixes: string;
  capacity: Capacity;
  readonly attributes: Map<string, string>;
  provisioningLeft: number;
}

export interface Capacity {
  readonly units: number;
  readonly modified?: string;
  readonly decreasesLeft: number;
}

export interface HealthCheck {
  readonly protocol: string;
  readonly port: string;
  readonly path?: string;
  readonly codes?: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

export interface TargetGroup {
  readonly arn: string;
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly vpc: string;
  readonly targetType: string;
  readonly ipAddressType: string;
  health: HealthCheck;
  readonly attributes: Map<string, string>;
  /** By id and port. */
  readonly targets: Map<string, Target>;
}

export interface Target {
  readonly id: string;
  readonly port: number;
  /** As asked for; AWS finds it out by itself otherwise. */
  readonly zone?: string;
  /** Where the target is, if that is in the VPC. */
  readonly foundZone?: string;
  readonly quicServerId?: string;
  draining: boolean;
  /** How many describes it stays `initial`, or `draining`. */
  left: number;
}

export interface Listener {
  readonly arn: string;
  readonly loadBalancer: string;
  port: number;
  protocol: string;
  action: ForwardAction;
  tls: Tls | undefined;
  /** Beside the default one. */
  readonly certificates: Set<string>;
  readonly attributes: Map<string, string>;
}

/** The only kind of action that Network Load Balancers have. */
export interface ForwardAction {
  readonly groups: readonly WeightedGroup[];
  /** `TargetGroupStickinessConfig`, if it was given. */
  readonly stickiness: Fields;
}

export interface WeightedGroup {
  readonly arn: string;
  readonly weight: string | undefined;
}

export interface Tls {
  readonly certificate: string;
  readonly policy: string;
  readonly alpn: string | undefined;
}

export interface State {
  readonly loadBalancers: Map<string, LoadBalancer>;
  readonly targetGroups: Map<string, TargetGroup>;
  readonly listeners: Map<string, Listener>;
  /** By id: how often it is still in use by what was deleted. */
  readonly held: Map<string, number>;
  /** By id: how many describes don't see it yet. */
  readonly unseen: Map<string, number>;
}

/** What the operations work with. */
export interface World {
  readonly moto: Moto;
  readonly state: State;
  readonly behaviour: () => Behaviour;
  /** By id of the access key. Who is not named may do everything. */
  readonly policies: Readonly<Record<string, readonly IamPolicy[]>>;
  /** What these refused. */
  readonly refused: string[];
}

/** Does one operation of ELB and gives the content of its Result element; throws `AwsError` when it is refused. */
export type ElbOperation = (world: World, request: Fields) => Promise<Shape>;

export function emptyState(): State {
  return {
    loadBalancers: new Map(),
    targetGroups: new Map(),
    listeners: new Map(),
    held: new Map(),
    unseen: new Map(),
  };
}

export function clearState(state: State): void {
  for (const map of Object.values(state) as Map<string, unknown>[]) map.clear();
}

/** Takes one off a count; whether there was one. */
export function takeOne(counts: Map<string, number>, id: string): boolean {
  const left = counts.get(id) ?? 0;
  if (left <= 1) counts.delete(id);
  else counts.set(id, left - 1);
  return left > 0;
}

/** Does one operation of EC2, mostly by forwarding it to moto, and gives the content of the answer. */
export type Ec2Operation = (
  world: World,
  request: Fields,
  flat: Flat,
  forward: (flat: Flat) => Promise<Fields>,
) => Promise<Fields>;
