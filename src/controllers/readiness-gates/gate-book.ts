/** Which pods wait behind which stacks, and what is known of them. Forgets a pod as soon as no stack has it among those that wait. */
import type { PodTarget } from "../../core/backends/waiting-pods.ts";
import { declares, type Look, shutGates } from "./pod-gates.ts";
import { NOT_REGISTERED, type Verdict } from "./verdict.ts";

export interface TrackedPod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Undefined: not looked at yet, or it was not there. */
  look: Look | undefined;
  /** When it was looked at, by the monotonic clock. */
  lookedAtMs: number;
  /** By stack: what its load balancer says. */
  readonly verdicts: Map<string, Verdict>;
}

/** A pod that waits behind a stack, and where it is a target of it. */
export interface Waiting {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly targets: readonly PodTarget[];
}

export interface TrackedStack {
  readonly prefixes: readonly string[];
  readonly waiting: ReadonlyMap<string, Waiting>;
}

export interface GateBook<S extends TrackedStack> {
  stack(key: string): S | undefined;
  pod(uid: string): TrackedPod | undefined;
  /** From now on these pods wait behind the stack, and no others. Tells whether one came. */
  put(key: string, stack: S): boolean;
  remove(key: string): void;
  /** Pods of the stack with gates that it answers for, shut ones or open ones. */
  gated(key: string): TrackedPod[];
}

export function createGateBook<S extends TrackedStack>(): GateBook<S> {
  const stacks = new Map<string, S>();
  const pods = new Map<string, TrackedPod>();

  const leave = (key: string, uid: string): void => {
    const pod = pods.get(uid);
    pod?.verdicts.delete(key);
    if (pod?.verdicts.size === 0) pods.delete(uid);
  };
  const enter = (key: string, { uid, namespace, name }: Waiting): boolean => {
    const pod = pods.get(uid) ?? {
      uid,
      namespace,
      name,
      look: undefined,
      lookedAtMs: 0,
      verdicts: new Map(),
    };
    pods.set(uid, pod);
    if (pod.verdicts.has(key)) return false;
    pod.verdicts.set(key, NOT_REGISTERED);
    return true;
  };
  return {
    stack: (key) => stacks.get(key),
    pod: (uid) => pods.get(uid),
    put(key, stack) {
      for (const uid of stacks.get(key)?.waiting.keys() ?? []) if (!stack.waiting.has(uid)) leave(key, uid);
      stacks.set(key, stack);
      return [...stack.waiting.values()].map((waiting) => enter(key, waiting)).includes(true);
    },
    remove(key) {
      for (const uid of stacks.get(key)?.waiting.keys() ?? []) leave(key, uid);
      stacks.delete(key);
    },
    gated(key) {
      const { waiting, prefixes } = stacks.get(key) ?? { waiting: new Map<string, Waiting>(), prefixes: [] };
      return [...waiting.keys()].flatMap((uid) => {
        const pod = pods.get(uid);
        return pod?.look !== undefined && declares(pod.look.gates, prefixes) ? [pod] : [];
      });
    },
  };
}

/** It takes traffic, and its load balancers have not been content with it so far. */
export function isDue({ look }: TrackedPod, prefixes: readonly string[]): boolean {
  return look?.takesTraffic === true && shutGates(look.gates, prefixes).length > 0;
}

/**
 * Something is to come that no watch tells of. A pod whose gates are all open and whose containers are not ready is not among
 * them: when they are, it is ready.
 */
export function isPending({ look }: TrackedPod, prefixes: readonly string[]): boolean {
  return look !== undefined && (look.takesTraffic || shutGates(look.gates, prefixes).length > 0);
}
