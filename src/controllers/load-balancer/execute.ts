/** Runs a plan: whatever does not wait for another at the same time, one write for all that is due in a document. */
import PQueue from "p-queue";
import type { LoadBalancerClass } from "../../api/load-balancer-class.ts";
import type { DocumentWriter, OperationContext, ResourceActions } from "../../core/plan/actions.ts";
import { CloudError, isCloudError } from "../../core/plan/cloud-error.ts";
import { type Known, referencesIn, resolveFields } from "../../core/plan/reference.ts";
import type { Fields, Operation, Plan } from "../../core/plan/types.ts";
import { createProgress } from "./progress.ts";

export type OperationResult =
  /** `fields`: those that an update brought about and that differ from what it asked for. */
  | { readonly ended: "done"; readonly created?: Known | undefined; readonly fields?: Fields | undefined }
  /** Whether the cloud did it is not known: observe before planning again. */
  /** `together`: keys of all operations of the write that failed, where it was one of several. */
  | { readonly ended: "failed"; readonly error: unknown; readonly together?: readonly string[] }
  /** Never sent: it needs `by`, which failed. */
  | { readonly ended: "blocked"; readonly by: string }
  /** Never sent: the signal was aborted or the guard threw. */
  | { readonly ended: "stopped"; readonly error: unknown };

export interface Execution {
  /** By operation key; one for each operation of the plan. */
  readonly results: ReadonlyMap<string, OperationResult>;
  /** Every operation ended as done. */
  readonly complete: boolean;
}

export interface ExecuteOptions {
  readonly signal: AbortSignal;
  /** Key of the stack, and the class by which its cloud is reached. */
  readonly stack: string;
  readonly cls: LoadBalancerClass;
  /** Called before each operation, and by actions before each request; throws to stop. */
  readonly guard?: () => void;
  /** Operations in flight at once; 1 or more, default 8. */
  readonly concurrency?: number;
  /** Required if the plan has operations on documents. */
  readonly documents?: DocumentWriter | undefined;
}

/**
 * Never throws for an operation's sake: errors are in the results, and stop only what waits for the failed operation.
 * Held operations are not run. Ends when all that was started has ended, also after an abort.
 */
export async function execute(
  plan: Pick<Plan, "operations">,
  actions: Readonly<Record<string, ResourceActions>>,
  options: ExecuteOptions,
): Promise<Execution> {
  const { signal, stack, cls, guard = () => {}, concurrency = 8, documents } = options;
  const context: OperationContext = { signal, guard, stack, cls, plan: plan.operations };
  const queue = new PQueue({ concurrency });
  const progress = createProgress(plan.operations);
  const created = new Map<string, Known>();
  let stopped: { readonly error: unknown } | undefined;

  const fail = (batch: readonly Operation[], result: OperationResult): void => {
    for (const { key } of batch) progress.end(key, result);
  };
  const resolved = (batch: readonly Operation[]): Operation[] => {
    const ready = batch.flatMap((operation) => {
      try {
        return withReferences(operation, created, batch);
      } catch (error) {
        fail([operation], { ended: "failed", error });
        return [];
      }
    });
    return ready.filter(({ key }) => progress.open.has(key));
  };
  const run = async (batch: readonly Operation[]): Promise<void> => {
    try {
      signal.throwIfAborted();
      guard();
    } catch (error) {
      stopped ??= { error };
      fail(batch, { ended: "stopped", error });
      return;
    }
    const ready = resolved(batch);
    if (ready.length === 0) return;
    try {
      const { made, fields } = await send(ready, actions, documents, context);
      for (const [id, known] of made) created.set(id, known);
      for (const { key, id } of ready) progress.end(key, { ended: "done", created: made.get(id), fields });
    } catch (error) {
      const together = ready.length > 1 ? { together: ready.map(({ key }) => key) } : {};
      fail(ready, { ended: "failed", error, ...together });
    }
  };

  while (progress.open.size > 0) {
    if (stopped === undefined && !signal.aborted) {
      for (const batch of progress.due()) void queue.add(() => run(batch));
    }
    if (progress.running.size === 0) {
      const error = stopped?.error ?? signal.reason ?? new Error("Operations wait for each other");
      fail([...progress.open.values()], { ended: "stopped", error });
    } else {
      await progress.changed();
    }
  }
  await queue.onIdle();
  const results = new Map(
    plan.operations.map(({ key }) => [key, progress.results.get(key) as OperationResult]),
  );
  return { results, complete: [...results.values()].every(({ ended }) => ended === "done") };
}

interface Sent {
  /** What was created, by id. */
  readonly made: ReadonlyMap<string, Known>;
  readonly fields?: Fields | undefined;
}

async function send(
  batch: readonly Operation[],
  actions: Readonly<Record<string, ResourceActions>>,
  documents: DocumentWriter | undefined,
  context: OperationContext,
): Promise<Sent> {
  const [operation] = batch as [Operation, ...Operation[]];
  if (operation.document !== undefined) {
    if (documents === undefined) throw new Error(`Nothing here writes documents, as "${operation.document}"`);
    return { made: await documents.write(operation.document, batch, context) };
  }
  const action = actions[operation.kind];
  if (action === undefined) throw new Error(`No actions for resources of kind "${operation.kind}"`);
  switch (operation.do) {
    case "create":
      return { made: new Map([[operation.id, await action.create(operation, context)]]) };
    case "update":
      return { made: new Map(), fields: (await action.update(operation, context)) ?? undefined };
    case "delete":
      try {
        await action.delete(operation, context);
      } catch (error) {
        if (!isCloudError(error) || error.class !== "gone") throw error;
      }
      break;
    default:
      operation satisfies never;
  }
  return { made: new Map() };
}

/** Puts in what was created so far. References between entries of one write stay: its writer knows the names it gives. */
function withReferences<T extends Operation>(
  operation: T,
  created: ReadonlyMap<string, Known>,
  batch: readonly Operation[],
): T {
  if (operation.do === "delete") return operation;
  const known = (id: string): Known | undefined => created.get(id);
  const fields = resolveFields(operation.fields, known);
  const together = new Set(batch.map(({ id }) => id));
  const unknown = Object.values(fields)
    .flatMap(referencesIn)
    .find((id) => !together.has(id));
  if (unknown !== undefined) {
    throw new CloudError(
      "retry",
      `Cannot ${operation.do} "${operation.id}" yet: it needs a value of "${unknown}"`,
    );
  }
  const changes = operation.changes.map((change) => ({ ...change, to: fields[change.field] ?? change.to }));
  if (operation.do === "create") return { ...operation, fields, changes };
  // After a widening, what was observed is what that wrote, references included.
  return { ...operation, fields, changes, observed: resolveFields(operation.observed, known) };
}
