/** What the users of the simulator see of it. */
import type { IamPolicy } from "./iam/policy.ts";

import type { Listener, LoadBalancer, TargetGroup } from "./state.ts";

/** One request to the simulated AWS. */
export interface AwsCall {
  /** As in the endpoint's name: `elasticloadbalancing`, `ec2`, `acm`, `sts`. */
  readonly service: string;
  readonly operation: string;
  /** The parameters as they came over the wire: `SubnetMappings.member.1.SubnetId`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether it may change something: everything but Describe, Get and List. */
  readonly isWrite: boolean;
  /** The HTTP status of the answer; 0 while there is none, and for ever when the connection was cut. */
  readonly status: number;
  readonly errorCode?: string;
  /** Whether a fault decided the answer. */
  readonly faulted?: boolean;
}

/** Before the call does anything; after it did its work and before the answer is sent. */
export type CallPhase = "before" | "after";

/** Which calls fail, and how. Every condition that is given has to hold. */
export interface FaultRule {
  readonly service?: string;
  readonly operation?: string | RegExp;
  readonly match?: (call: AwsCall) => boolean;
  /** `after`: the work is done, and only the answer is lost. */
  readonly when: CallPhase;
  /** How many calls it takes part in. Default: all until it is removed. */
  readonly times?: number;
  /** How many matching calls get through first. Default 0. */
  readonly skip?: number;
  readonly do: Fault;
}

export type Fault =
  /** An error answer as the service would send it; status 400 by default. */
  | { readonly code: string; readonly status?: number; readonly message?: string }
  /** The connection ends without an answer. */
  | "cut"
  /** An answer of the load balancer before the API: no error code. */
  | "503"
  /** No answer until the client gives up or the simulator stops. */
  | "hang";

/** How long AWS takes for what, counted in calls, and its quotas. */
export interface Behaviour {
  /** How many answers of DescribeLoadBalancers still say `provisioning`. 0: not even that of its creation does, which AWS's always does. */
  readonly provisioningDescribes: number;
  /** How many answers of DescribeTargetHealth say `initial` of a new target. */
  readonly initialDescribes: number;
  /** How many answers of DescribeTargetHealth say `draining` of a target that was taken out. */
  readonly drainingDescribes: number;
  /**
   * How often what a deleted load balancer used is refused because it is in use: its security groups and target groups
   * when they are to be deleted, its Elastic IP addresses when another load balancer asks for them.
   */
  readonly deletionHoldTimes: number;
  /** How many describes of a new object don't know it yet: NotFound by name, left out of a list. */
  readonly unseenDescribes: number;
  readonly limits: Limits;
  /** By service. Without an entry there is no limit. */
  readonly rateLimits: Readonly<Record<string, RateLimit>>;
}

/** Quotas of the region; the figures are AWS's defaults. */
export interface Limits {
  readonly loadBalancers: number;
  readonly targetGroups: number;
  readonly listenersPerLoadBalancer: number;
  readonly targetsPerTargetGroup: number;
  readonly certificatesPerLoadBalancer: number;
  readonly targetGroupsPerAction: number;
  readonly tagsPerResource: number;
  readonly rulesPerSecurityGroup: number;
}

/** A token bucket. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

export interface AwsOptions {
  /** Port of the proxy. Default: any that is free. */
  readonly port?: number;
  readonly behaviour?: PartialBehaviour;
  /** By id of an access key: what its owner may do. Who is not named may do everything. */
  readonly policies?: Readonly<Record<string, readonly IamPolicy[]>>;
  /** Called twice for every call, before the rules of `fault` are asked. What it throws cuts the connection; a fault that it gives is played. */
  readonly onCall?: (call: AwsCall, phase: CallPhase) => MaybeFault | Promise<MaybeFault>;
  /** Gets a line whenever something slow begins. Default: nothing is told. */
  readonly log?: (line: string) => void;
}

// biome-ignore lint/suspicious/noConfusingVoidType: most hooks only look, and give nothing.
type MaybeFault = Fault | undefined | void;

/** A running AWS. */
export interface AwsSimulator {
  /** For every service: `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  readonly region: string;
  readonly account: string;
  /**
   * moto itself, past faults, records and corrections, to arrange the world: networks, instances, addresses, certificates.
   * Load balancers, target groups and listeners belong to the proxy: what is made of them here, it does not know.
   */
  readonly motoEndpoint: string;
  /** All calls in the order in which they came. */
  readonly calls: readonly AwsCall[];
  /** What policies refused since the start: a call that they lack shows here even if it was given up, or tried again, silently. */
  readonly refused: readonly string[];
  clearCalls(): void;
  /** Adds a rule; earlier rules are asked first. Gives what removes it. */
  fault(rule: FaultRule): () => void;
  /** Changes the behaviour from now on; limits and rate limits are replaced entry by entry. */
  behave(behaviour: PartialBehaviour): void;
  /** All load balancers, target groups and listeners as they are; is no call. */
  contents(): Promise<AwsContents>;
  /** Empties AWS, and forgets calls, faults and changes of behaviour. Calls on their way are to be over. */
  reset(): Promise<void>;
  /** As `reset`, but leaves everything of EC2 as it is, so that a network need not be arranged again. */
  clear(): Promise<void>;
  /** Ends everything that was started. */
  stop(): Promise<void>;
}

type Tags = Readonly<Record<string, string>>;

/** What Elastic Load Balancing has, past calls: nothing in it changes by being looked at. */
export interface AwsContents {
  readonly loadBalancers: readonly (LoadBalancer & { readonly tags: Tags })[];
  readonly targetGroups: readonly (TargetGroup & { readonly tags: Tags })[];
  readonly listeners: readonly (Listener & { readonly tags: Tags })[];
}

export type PartialBehaviour = Partial<Omit<Behaviour, "limits">> & { readonly limits?: Partial<Limits> };
