/** Deletes orphans in clouds, each after one more look at whether it still is one. */
import { isCloudError } from "../../core/plan/cloud-error.ts";
import { plan } from "../../core/plan/plan.ts";
import type { DeleteOperation, ObservedResource, Plan } from "../../core/plan/types.ts";
import { type Clock, sleep, systemClock } from "../../runtime/clock.ts";
import { messageOf } from "../../runtime/errors.ts";
import { execute, type OperationResult } from "../load-balancer/execute.ts";
import type { OrphanedStack } from "./find-orphans.ts";
import type { StacksInUse } from "./stacks-in-use.ts";

/** How one stack would be taken back: users before what they use. */
export function deletionOf({ resources, provider }: Pick<OrphanedStack, "resources" | "provider">): Plan {
  const policy = { replacement: "Allow", drift: "Repair", deletion: "Delete" } as const;
  return plan([], resources, provider.rules, policy);
}

type Gone = Pick<ObservedResource, "kind" | "id" | "cloudId">;

export interface DeletedStack {
  readonly className: string;
  readonly stack: string;
  readonly deleted: readonly Gone[];
  readonly failed: readonly (Gone & { readonly message: string })[];
  /** Why it, or what was left of it, was left alone. */
  readonly spared: string | undefined;
}

export interface DeleteOrphansOptions {
  /** Looks at the cluster anew. Called right before each stack is deleted; one for which it throws is left alone. */
  readonly inUse: () => Promise<StacksInUse>;
  readonly signal: AbortSignal;
  /** Told before each wait for what a cloud will let go in a while, such as a security group. */
  readonly onWait?: ((ms: number) => void) | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** What a cloud refuses for now is tried again for this long, counted from the first such refusal. */
const patienceMs = 5 * 60_000;
const shortestWaitMs = 5_000;

/**
 * Stacks that others shared come last. What the cloud refuses is in the result, and stops nothing else; what it says will pass is tried
 * again for some minutes.
 */
export async function deleteOrphans(
  stacks: readonly OrphanedStack[],
  o: DeleteOrphansOptions,
): Promise<DeletedStack[]> {
  const own = stacks.filter(({ shared }) => !shared);
  const shared = stacks.filter((stack) => stack.shared);
  return [...(await inRounds(own, o)), ...(await inRounds(shared, o))];
}

/** One stack on its way. */
interface Work {
  readonly stack: OrphanedStack;
  readonly left: readonly ObservedResource[];
  readonly result: DeletedStack;
  /** What is left may go later. */
  readonly againMs: number | undefined;
}

async function inRounds(stacks: readonly OrphanedStack[], o: DeleteOrphansOptions): Promise<DeletedStack[]> {
  const { clock = systemClock, signal } = o;
  let works: Work[] = stacks.map((stack) => ({
    stack,
    left: stack.resources,
    result: resultOf(stack, {}),
    againMs: 0,
  }));
  let until = Number.POSITIVE_INFINITY;
  for (;;) {
    const next: Work[] = [];
    for (const work of works) next.push(work.againMs === undefined ? work : await once(work, o));
    works = next;
    const waits = works.flatMap(({ againMs }) => againMs ?? []);
    if (waits.length === 0) break;
    until = Math.min(until, clock.monotonic() + patienceMs);
    const waitMs = Math.max(shortestWaitMs, ...waits);
    if (clock.monotonic() + waitMs > until) break;
    o.onWait?.(waitMs);
    await sleep(waitMs, { signal, clock });
  }
  return works.map(({ result }) => result);
}

async function once(work: Work, o: DeleteOrphansOptions): Promise<Work> {
  const { stack, left, result } = work;
  const { signal } = o;
  const spared = await reasonToSpare(stack, o);
  if (spared !== undefined) return { ...work, result: { ...result, failed: [], spared }, againMs: undefined };
  const { deleted, failed, againMs } = await deleteSome(stack, left, signal);
  const gone = new Set(deleted.map(nameOf));
  return {
    stack,
    left: left.filter((each) => !gone.has(nameOf(each))),
    result: resultOf(stack, { deleted: [...result.deleted, ...deleted], failed }),
    againMs,
  };
}

/** Of these, what still is orphaned by a later look at the cluster: what was made while the cloud was read is not. */
export async function stillOrphaned(
  stacks: readonly OrphanedStack[],
  o: Pick<DeleteOrphansOptions, "inUse" | "signal">,
): Promise<OrphanedStack[]> {
  if (stacks.length === 0) return [];
  const now = await o.inUse();
  const reasons = await Promise.all(
    stacks.map((stack) => reasonToSpare(stack, { inUse: async () => now, signal: o.signal })),
  );
  return stacks.filter((_, index) => reasons[index] === undefined);
}

async function reasonToSpare(
  { provider, key, shared, resources }: OrphanedStack,
  o: Pick<DeleteOrphansOptions, "inUse" | "signal">,
): Promise<string | undefined> {
  try {
    const inUse = await o.inUse();
    if (shared) {
      const needed = await inUse.shared(provider, o.signal);
      return needed.keys.has(key) ? "a load balancer needs it by now" : needed.doubt;
    }
    const owner = resources.map(({ kind, cloudId }) => inUse.ownerOf(kind, cloudId)).find(Boolean);
    return inUse.has(provider, key) || owner !== undefined ? "it has a LoadBalancer by now" : undefined;
  } catch (error) {
    o.signal.throwIfAborted();
    return `whether it is still an orphan can't be told: ${messageOf(error)}`;
  }
}

interface Attempt extends Pick<DeletedStack, "deleted" | "failed"> {
  /** Undefined: to try again would not help, or nothing is left. */
  readonly againMs: number | undefined;
}

async function deleteSome(
  { provider, cls, key }: OrphanedStack,
  resources: readonly ObservedResource[],
  signal: AbortSignal,
): Promise<Attempt> {
  const planned = deletionOf({ provider, resources });
  const { results } = await execute(planned, provider.actions, {
    signal,
    cls,
    stack: key,
    documents: provider.documents,
    guard: () => signal.throwIfAborted(),
  });
  signal.throwIfAborted();
  const operations = planned.operations.filter((each): each is DeleteOperation => each.do === "delete");
  const undone = operations.filter((operation) => results.get(operation.key)?.ended !== "done");
  return {
    deleted: operations.filter((each) => !undone.includes(each)).map(goneOf),
    failed: [
      ...undone.map((each) => ({ ...goneOf(each), message: whyNot(results.get(each.key)) })),
      ...planned.refused.map((each) => ({ ...goneOf(each), message: each.because })),
      ...planned.held.map(({ operation }) => ({
        ...goneOf(operation as DeleteOperation),
        message: "something that is not ours uses it",
      })),
    ],
    againMs: whenAgain(undone.flatMap(({ key }) => results.get(key) ?? [])),
  };
}

/** Only if all that failed may pass by itself: nobody waits for minutes to be told then what was clear at once. */
function whenAgain(results: readonly OperationResult[]): number | undefined {
  const errors = results.flatMap((result) => (result.ended === "failed" ? [result.error] : []));
  const passing = errors.filter(isCloudError).filter((error) => error.class === "retry");
  if (errors.length === 0 || passing.length < errors.length) return undefined;
  return Math.max(0, ...passing.map(({ retryAfterMs = 0 }) => retryAfterMs));
}

function whyNot(result: OperationResult | undefined): string {
  switch (result?.ended) {
    case "failed":
    case "stopped":
      return messageOf(result.error);
    case "blocked":
      return `it waits for "${result.by}", which failed`;
    default:
      return "it was not tried";
  }
}

function goneOf({ kind, id, cloudId }: Gone): Gone {
  return { kind, id, cloudId };
}

function nameOf({ kind, cloudId }: Gone): string {
  return JSON.stringify([kind, cloudId]);
}

function resultOf({ cls, key }: OrphanedStack, some: Partial<DeletedStack>): DeletedStack {
  const about = { className: cls.metadata.name ?? "", stack: key };
  return { ...about, deleted: [], failed: [], spared: undefined, ...some };
}
