/** What exists of many stacks, asked for class by class. */
import type { ObservedResource } from "../../core/plan/types.ts";
import type { GraphProvider, StackRef } from "../../providers/provider.ts";
import { messageOf } from "../../runtime/errors.ts";
import type { CloudView } from "./cloud-view.ts";

export type Look =
  | { readonly ok: true; readonly observed: readonly ObservedResource[] }
  | { readonly ok: false; readonly message: string };

export type Seen = (provider: GraphProvider, ref: Pick<StackRef, "key" | "cls" | "shared">) => Look;

export interface ToLookAt {
  readonly provider: GraphProvider;
  readonly ref: StackRef;
}

/** Stacks of one call at most. */
const mostStacks = 500;

/** Never throws for the sake of a class that can't be asked about: its stacks are told why. */
export async function lookAt(
  all: readonly ToLookAt[],
  { view, signal }: { readonly view: Pick<CloudView, "observe">; readonly signal: AbortSignal },
): Promise<Seen> {
  const found = new Map<string, Look>();
  const look = async (some: readonly ToLookAt[]): Promise<void> => {
    const [first] = some;
    if (first === undefined) return;
    try {
      const refs = some.map(({ ref }) => ref);
      const answer = await view.observe(first.provider, refs, signal);
      for (const { provider, ref } of some)
        found.set(placeOf(provider, ref), { ok: true, observed: answer.get(ref.key) ?? [] });
    } catch (error) {
      signal.throwIfAborted();
      for (const { provider, ref } of some)
        found.set(placeOf(provider, ref), { ok: false, message: messageOf(error) });
    }
  };
  // Answers are by key alone, which a shared stack may have in common with another.
  const groups = Map.groupBy(all, ({ provider, ref }) =>
    JSON.stringify([provider.name, ref.cls.metadata.name, ref.shared]),
  );
  await Promise.all(
    [...groups.values()].map(async (group) => {
      for (let from = 0; from < group.length; from += mostStacks)
        await look(group.slice(from, from + mostStacks));
    }),
  );
  return (provider, ref) =>
    found.get(placeOf(provider, ref)) ?? { ok: false, message: "it was not looked at" };
}

function placeOf({ name }: GraphProvider, { key, cls, shared }: Pick<StackRef, "key" | "cls" | "shared">) {
  return JSON.stringify([name, cls.metadata.name, shared, key]);
}
