/** What authors of a provider supply so that the conformance suite can run it: a cloud to look into and to make trouble in. */
import type { Node } from "../../api/kubernetes.ts";
import type { LoadBalancerSpec } from "../../api/load-balancer.ts";
import type { LoadBalancerClassSpecInput } from "../../api/load-balancer-class.ts";
import type { Json } from "../../core/plan/types.ts";

/** One call that reached the cloud. */
export interface CloudCall {
  /** As people know it: `CreateListener`, `POST /virtual-servers`. */
  readonly name: string;
  /** Whether it may change something. */
  readonly write: boolean;
}

/**
 * What the caller gets instead of the answer. `cut`: the connection ends. The others are answers of the cloud: it has no time for so many
 * calls, a limit is reached, this identity may not, this is nothing that it will ever take.
 */
export type CloudFault = "cut" | "throttled" | "quota" | "permission" | "invalid";

/**
 * Asked for every single call, `before` the cloud has done anything and `after` it has done the work. What it returns takes effect: before,
 * the work is not done; after, only `cut` is asked for, and the answer is lost. Where it returned something before, there is no after.
 */
export type CallHook = (call: CloudCall, phase: "before" | "after") => Promise<CloudFault | undefined>;

/**
 * Something in the cloud, whoever made it. Runs are compared with `id` and what is `generated` replaced wherever a text of `state` is that,
 * or has it between signs that belong to no name (`/pools/vs-1`, not `my-vs-1`). What is derived from an id otherwise is to be listed in
 * `generated` too. Numbers are never replaced: ids in `state` have to be texts.
 */
export interface CloudObject {
  readonly kind: string;
  readonly id: string;
  /** What else was given out by the cloud and is another in every run: addresses, DNS names. */
  readonly generated?: readonly string[] | undefined;
  /** All that matters of it, marks included; not what changes by itself, such as a time. */
  readonly state: Json;
}

export interface ProviderHarness {
  /** Spec of a class of this provider. Asked after each `reset`. */
  cls(): Omit<LoadBalancerClassSpecInput, "provider">;
  /** What a plain load balancer needs beside the suite's ports, scheme internal and IPv4. Default: nothing. */
  readonly spec?: Partial<LoadBalancerSpec> | undefined;
  /** Empties the cloud, but for what a cluster finds there, such as its network. */
  reset(): Promise<void>;
  /** From now on this hook is asked, and no other. */
  onCall(hook: CallHook): void;
  /** Everything that a provider could touch, foreign objects too. Is no call. */
  snapshot(): Promise<readonly CloudObject[]>;
  /** Makes what others have in the same cloud: at least one object of each kind that the provider makes, without its marks. */
  addForeign(): Promise<void>;
  /** Takes the marks off all that there is, and leaves everything else as it is, names included. */
  unmark(): Promise<void>;

  /** For `nodes`. */
  readonly nodes?: NodesHarness | undefined;
  /** For `endpoints`. */
  readonly endpoints?: EndpointsHarness | undefined;
  /** For `adoption`: makes by hand what a plain load balancer of the suite (TCP 80) would have, and gives the cloud id to adopt it by. */
  addAdoptable?(): Promise<string>;
  /** For `drift`: changes something of what the provider made, as a person at the console would. */
  changeByHand?(): Promise<void>;
  /** Lets lists and reads show what was just made only after so many reads, from now on. Default: the cloud is always consistent. */
  lag?(reads: number): void;
}

export interface NodesHarness {
  /** Those that are there after `reset`; two or more. */
  list(): readonly Node[];
  /** Starts one more machine. */
  add(): Promise<Node>;
  /** Names of the nodes that traffic to port 80 goes to, as the cloud has it. */
  serving(): Promise<readonly string[]>;
}

export interface EndpointsHarness {
  /** What makes traffic go to pods instead of nodes. */
  readonly spec: Partial<LoadBalancerSpec>;
  /** Two addresses that pods may have. */
  readonly addresses: readonly [string, string];
  /** Addresses that traffic to port 80 goes to, as the cloud has it. */
  serving(): Promise<readonly string[]>;
}

/** What the suite needs of a test runner: those of Jest, Vitest and `node:test` fit. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  /** `timeoutMs`: a matrix takes hundreds of runs. */
  test(name: string, body: () => Promise<void>, timeoutMs?: number): unknown;
}
