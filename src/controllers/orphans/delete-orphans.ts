/** Deletes orphans in clouds, each after one more look at whether it still is one. */
import { plan } from "../../core/plan/plan.ts";
import type { Operation, Plan } from "../../core/plan/types.ts";
import { messageOf } from "../../runtime/errors.ts";
import { execute, type OperationResult } from "../load-balancer/execute.ts";
import type { OrphanedStack } from "./find-orphans.ts";
import type { StacksInUse } from "./stacks-in-use.ts";

/** How one stack would be taken back. */
export function deletionOf({ resources, provider }: OrphanedStack): Plan {
  const policy = { replacement: "Allow", drift: "Repair", deletion: "Delete" } as const;
  return plan([], resources, provider.rules, policy);
}

type Gone = Pick<Operation, "kind" | "id"> & { readonly cloudId: string };

export interface DeletedStack {
  readonly className: string;
  readonly stack: string;
  readonly deleted: readonly Gone[];
  readonly failed: readonly (Gone & { readonly message: string })[];
  /** Why it was left alone. */
  readonly spared: string | undefined;
}

export interface DeleteOrphansOptions {
  /** Looks at the cluster anew. Called right before each stack is deleted; what it throws ends the work. */
  readonly inUse: () => Promise<StacksInUse>;
  readonly signal: AbortSignal;
}

/** Stacks that others shared come last. What the cloud refuses is in the result, and stops nothing else. */
export async function deleteOrphans(
  stacks: readonly OrphanedStack[],
  { inUse, signal }: DeleteOrphansOptions,
): Promise<DeletedStack[]> {
  const results: DeletedStack[] = [];
  for (const stack of [...stacks].sort((a, b) => Number(a.shared) - Number(b.shared))) {
    const spared = await reasonToSpare(stack, await inUse(), signal);
    results.push(spared === undefined ? await deleteOne(stack, signal) : sparing(stack, spared));
  }
  return results;
}

async function reasonToSpare(
  { provider, key, shared, resources }: OrphanedStack,
  inUse: StacksInUse,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (shared) {
    const needed = await inUse.shared(provider, signal);
    if (!needed.known) return needed.why;
    return needed.keys.has(key) ? "a load balancer needs it by now" : undefined;
  }
  const owner = resources.map(({ kind, cloudId }) => inUse.ownerOf(kind, cloudId)).find(Boolean);
  return inUse.has(provider, key) || owner !== undefined ? "it has a LoadBalancer by now" : undefined;
}

async function deleteOne(stack: OrphanedStack, signal: AbortSignal): Promise<DeletedStack> {
  const { provider, cls, key } = stack;
  const planned = deletionOf(stack);
  const execution = await execute(planned, provider.actions, {
    signal,
    cls,
    stack: key,
    documents: provider.documents,
    guard: () => signal.throwIfAborted(),
  });
  const deleted: Gone[] = [];
  const failed: (Gone & { message: string })[] = [];
  for (const operation of planned.operations) {
    if (operation.do !== "delete") continue;
    const { kind, id, cloudId } = operation;
    const result = execution.results.get(operation.key);
    if (result?.ended === "done") deleted.push({ kind, id, cloudId });
    else failed.push({ kind, id, cloudId, message: whyNot(result) });
  }
  for (const { kind, id, cloudId, because } of planned.refused)
    failed.push({ kind, id, cloudId, message: because });
  return { className: cls.metadata.name ?? "", stack: key, deleted, failed, spared: undefined };
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

function sparing({ cls, key }: OrphanedStack, spared: string): DeletedStack {
  return { className: cls.metadata.name ?? "", stack: key, deleted: [], failed: [], spared };
}
