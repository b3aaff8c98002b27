/**
 * Honours readiness gates of pods (KEP-580) that wait behind load balancers with targets of their own.
 *
 * A pod that waits for nothing but its gates is handed to its provider as a ready endpoint; once every load balancer that has it as a target
 * says that it is healthy, its gates are opened. A gate that is open stays open: health checks alone never take the readiness from a pod
 * that had it, for then a fault of the load balancer would take the pod from all Services.
 *
 * Where no pod with such a gate waits, nothing is read.
 */
import { waitingPods, withReady } from "../../core/backends/waiting-pods.ts";
import type { GraphProvider, Stack, StackRef, TargetHealth } from "../../providers/provider.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { ReconcileResult } from "../../runtime/controller.ts";
import { isForbidden } from "../../runtime/kube/api-error.ts";
import type { KubeClient } from "../../runtime/kube/client.ts";
import type { Logger } from "../../runtime/logger.ts";
import {
  createGateBook,
  isDue,
  isPending,
  type TrackedPod,
  type TrackedStack,
  type Waiting,
} from "./gate-book.ts";
import { createPodAccess } from "./pod-access.ts";
import { gatePrefixes, gatesOf, lookAt, shutGates } from "./pod-gates.ts";
import { conditionFor, NOT_REGISTERED, together, type Verdict, verdictOf } from "./verdict.ts";

type Observed = Parameters<NonNullable<GraphProvider["targetHealth"]>>[0]["observed"];

export interface ReadinessGates {
  /** The stack as the provider is to see it. `needsObserved`: `worked` has to be told what exists. */
  admit(
    key: string,
    of: { readonly provider: GraphProvider; readonly stack: Stack },
    signal: AbortSignal,
  ): Promise<{ readonly stack: Stack; readonly needsObserved: boolean }>;
  /** What exists in the cloud after the stack was worked on. */
  worked(key: string, observed: Observed | undefined): void;
  /** Looks at the pods that wait behind the stack, and asks for the health of its targets if one may open its gates. */
  check(key: string, signal: AbortSignal): Promise<ReconcileResult>;
}

export interface ReadinessGatesOptions {
  readonly client: Pick<KubeClient, "get" | "patch">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Keys of the stacks that serve a Service behind which this pod waits. */
  readonly stacksOf: (uid: string) => readonly string[];
  /** Has the stack worked on, for a pod became a target or is one no more. */
  readonly work: (key: string) => void;
  /** Has `check` called then, or earlier if that was asked for before. */
  readonly checkAfter: (key: string, delayMs: number) => void;
}

/** How often pods and the health of targets are looked at while a pod waits. */
export const CHECK_PERIOD_MS = 10_000;
/** The same for pods whose containers have not been ready for long. */
const slowPeriodMs = 60_000;
const patienceMs = 300_000;

interface GatedStack extends TrackedStack {
  readonly provider: GraphProvider;
  readonly ref: StackRef;
  observed: Observed | undefined;
  /** By the monotonic clock. */
  changedAtMs: number;
}

export function createReadinessGates(o: ReadinessGatesOptions): ReadinessGates {
  const { clock } = o;
  const access = createPodAccess(o.client);
  const book = createGateBook<GatedStack>();
  /** Stacks that were looked at since the start. */
  const seen = new Set<string>();

  return {
    async admit(key, { provider, stack }, signal) {
      const prefixes = gatePrefixes(provider);
      if (prefixes.length === 0) return { stack, needsObserved: false };
      if (stack.members.length === 0) seen.delete(key);
      else seen.add(key);
      const waiting = waitingBehind(stack);
      if (waiting.size === 0) {
        book.remove(key);
        return { stack, needsObserved: false };
      }
      const before = book.stack(key);
      const now = clock.monotonic();
      const { observed, changedAtMs = now } = before ?? {};
      const state: GatedStack = { provider, prefixes, ref: refOf(stack), waiting, observed, changedAtMs };
      if (book.put(key, state)) state.changedAtMs = now;
      await lookAtNew(key, signal);
      const gated = book.gated(key);
      if (gated.some((pod) => isPending(pod, prefixes))) o.checkAfter(key, CHECK_PERIOD_MS);
      const ready = new Set(gated.flatMap(({ uid, look }) => (look?.takesTraffic === true ? [uid] : [])));
      const needsObserved = gated.some((pod) => isDue(pod, prefixes));
      return { stack: ready.size === 0 ? stack : withReadyPods(stack, ready), needsObserved };
    },
    worked(key, observed) {
      const state = book.stack(key);
      if (state !== undefined) state.observed = observed;
    },
    async check(key, signal) {
      const state = book.stack(key);
      if (state === undefined) return;
      const { prefixes } = state;
      const pending = book.gated(key).filter((pod) => isPending(pod, prefixes));
      await Promise.all(pending.map((pod) => lookAgain(pod, signal)));
      const due = pending.filter((pod) => isDue(pod, prefixes));
      if (due.length > 0) await judge(key, state, due, signal);
      const left = book.gated(key).filter((pod) => isPending(pod, prefixes));
      if (left.length === 0) return;
      const isQuick =
        left.some(({ look }) => look?.takesTraffic) || clock.monotonic() - state.changedAtMs < patienceMs;
      return { requeueAfterMs: isQuick ? CHECK_PERIOD_MS : slowPeriodMs };
    },
  };

  /** Pods that were looked at before are known as long as they wait, for their gates can't be changed. */
  async function lookAtNew(key: string, signal: AbortSignal): Promise<void> {
    const unknown = [...(book.stack(key)?.waiting.keys() ?? [])].flatMap((uid) => {
      const pod = book.pod(uid);
      return pod === undefined || pod.look !== undefined ? [] : [pod];
    });
    try {
      await Promise.all(unknown.map((pod) => look(pod, signal)));
    } catch (error) {
      // Load balancers work without: only pods with gates are the worse for it.
      if (!isForbidden(error)) throw error;
      o.logger.warn("Readiness gates of pods are not honoured: the pods may not be read", {
        stack: key,
        error,
      });
    }
  }

  async function look(pod: TrackedPod, signal: AbortSignal): Promise<void> {
    const found = await access.read(pod, signal);
    pod.look = found === undefined ? undefined : lookAt(found, pod.look);
    pod.lookedAtMs = clock.monotonic();
  }

  async function lookAgain(pod: TrackedPod, signal: AbortSignal): Promise<void> {
    // Another stack may have looked just now.
    if (clock.monotonic() - pod.lookedAtMs < CHECK_PERIOD_MS / 2) return;
    const took = pod.look?.takesTraffic === true;
    await look(pod, signal);
    const takes = pod.look?.takesTraffic === true;
    if (takes === took) return;
    for (const key of pod.verdicts.keys()) {
      pod.verdicts.set(key, NOT_REGISTERED);
      touch(key);
      o.work(key);
    }
  }

  async function judge(
    key: string,
    { provider, ref, observed, waiting }: GatedStack,
    due: readonly TrackedPod[],
    signal: AbortSignal,
  ): Promise<void> {
    let health: readonly TargetHealth[] = [];
    let failure: unknown;
    try {
      if (observed !== undefined)
        health = (await provider.targetHealth?.({ ...ref, observed }, signal)) ?? [];
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
    for (const pod of due) {
      const verdict =
        failure === undefined ? verdictOf(waiting.get(pod.uid)?.targets ?? [], health) : unknownFor(failure);
      // It may have left while the cloud was asked.
      if (pod.verdicts.has(key)) pod.verdicts.set(key, verdict);
    }
    await Promise.all(due.map((pod) => tell(pod, signal)));
    if (failure !== undefined) throw failure;
  }

  /** Writes what is new in the conditions of all gates that its stacks answer for. */
  async function tell(pod: TrackedPod, signal: AbortSignal): Promise<void> {
    const now = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
    const states = [...pod.verdicts].map(([key, verdict]) => ({ key, verdict, stack: book.stack(key) }));
    const prefixes = new Set(states.flatMap(({ stack }) => stack?.prefixes ?? []));
    const later = o.stacksOf(pod.uid).find((key) => !seen.has(key));
    const conditions = shutGates(pod.look?.gates ?? NO_GATES, [...prefixes]).flatMap(
      ({ type, condition }) => {
        const asked = states.filter(({ stack }) => stack?.prefixes.some((prefix) => type.startsWith(prefix)));
        const verdicts = asked.map(({ verdict }) => verdict);
        const verdict = together(later === undefined ? verdicts : [...verdicts, NOT_REGISTERED]);
        return conditionFor(type, verdict, condition, now) ?? [];
      },
    );
    if (conditions.length === 0) return;
    const written = await access.write(pod, conditions, signal);
    if (written === undefined) pod.look = undefined;
    else if (pod.look !== undefined) pod.look = { ...pod.look, gates: gatesOf(written) };
    for (const { key } of states) touch(key);
  }

  function touch(key: string): void {
    const state = book.stack(key);
    if (state !== undefined) state.changedAtMs = clock.monotonic();
  }
}

const NO_GATES = { gates: [], containersReady: false, ready: false };

/** Members that are being handed over are somebody else's. */
function waitingBehind({ members, endpointSlices }: Stack): Map<string, Waiting> {
  const found = new Map<string, Waiting>();
  for (const { key, lb } of members) {
    if (lb.spec.release === true) continue;
    const namespace = lb.metadata.namespace ?? "";
    for (const { uid, name, targets } of waitingPods(endpointSlices.get(key) ?? []).values()) {
      found.set(uid, { uid, namespace, name, targets: [...(found.get(uid)?.targets ?? []), ...targets] });
    }
  }
  return found;
}

function withReadyPods(stack: Stack, uids: ReadonlySet<string>): Stack {
  const slices = [...stack.endpointSlices].map(([member, each]) => [member, withReady(each, uids)] as const);
  return { ...stack, endpointSlices: new Map(slices) };
}

function refOf({ key, cls, members }: Stack): StackRef {
  return { key, cls, shared: false, adopt: members.flatMap(({ lb }) => lb.spec.adopt ?? []) };
}

function unknownFor(error: unknown): Verdict {
  const message = `Its health can't be asked for: ${error instanceof Error ? error.message : String(error)}`;
  return { healthy: false, reason: "TargetHealthUnknown", message };
}
