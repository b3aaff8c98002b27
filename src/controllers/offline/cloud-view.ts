/** Where a plan takes from what it must know of a cloud: from the cloud itself, or from what was read of it before. */
import type { Json, ObservedResource } from "../../core/plan/types.ts";
import type { GraphProvider, Stack, StackRef } from "../../providers/provider.ts";

/** Only looks. What is not known is an error that says how it would be. */
export interface CloudView {
  facts(provider: GraphProvider, stack: Stack, signal: AbortSignal): Promise<unknown>;
  /** `stacks`: of one class. By stack key; of shared stacks too. */
  observe(
    provider: GraphProvider,
    stacks: readonly StackRef[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly ObservedResource[]>>;
  /** False: it is taken that nothing exists. */
  knowsWhatExists(className: string): boolean;
}

/** What was read of clouds before, as plain data: `fairlead facts` writes it to a file. */
export interface KnownClouds {
  /** UID of the namespace kube-system. */
  readonly clusterUid?: string | undefined;
  /** By name of the class. */
  readonly classes: Readonly<Record<string, KnownCloud>>;
}

export interface KnownCloud {
  /** As the class's provider has them. */
  readonly facts: Json;
  /** What exists, by stack key. Without it nothing is known of what exists. */
  readonly observed?: Readonly<Record<string, readonly ObservedResource[]>> | undefined;
  /** The same of stacks that others claim. */
  readonly shared?: Readonly<Record<string, readonly ObservedResource[]>> | undefined;
}

/** Asks the cloud, with the credentials that the provider finds. */
export const cloudItself: CloudView = {
  facts: (provider, stack, signal) => provider.facts(stack, signal),
  observe: (provider, stacks, signal) => provider.observe(stacks, signal),
  knowsWhatExists: () => true,
};

/** Calls nobody. */
export function knownClouds({ classes }: KnownClouds): CloudView {
  const known = (className: string): KnownCloud => {
    const found = Object.hasOwn(classes, className) ? classes[className] : undefined;
    if (found !== undefined) return found;
    throw new Error(
      `nothing is known of the cloud of class "${className}", and it is not asked by itself: write its facts to a file with "fairlead facts --class ${className} --observed -o yaml" and give that with --facts, or let the cloud be read with --online`,
    );
  };
  return {
    facts: async (_provider, { cls }) => known(cls.metadata.name ?? "").facts,
    observe: async (_provider, stacks) =>
      new Map(
        stacks.map(({ key, cls, shared }) => {
          const { observed, shared: ofMany } = known(cls.metadata.name ?? "");
          return [key, (shared ? ofMany : observed)?.[key] ?? []];
        }),
      ),
    knowsWhatExists: (className) => classes[className]?.observed !== undefined,
  };
}
