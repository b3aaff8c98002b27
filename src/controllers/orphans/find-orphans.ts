/** Finds what carries the cluster's mark in clouds and belongs to no LoadBalancer. Changes nothing. */
import type { LoadBalancerClass } from "../../api/load-balancer-class.ts";
import { compareText } from "../../core/compare-text.ts";
import type { ObservedResource } from "../../core/plan/types.ts";
import type { GraphProvider, MarkedStack, Provider, StackRef } from "../../providers/provider.ts";
import { systemClock } from "../../runtime/clock.ts";
import { messageOf } from "../../runtime/errors.ts";
import type { Classes, KnownClass } from "../classes.ts";
import { cloudItself } from "../offline/cloud-view.ts";
import { lookAt, type Seen } from "../offline/look.ts";
import type { Objects } from "../offline/object-store.ts";
import { type StacksInUse, stacksInUse } from "./stacks-in-use.ts";

export interface OrphanedStack {
  readonly provider: GraphProvider;
  /** By whose settings it was found. */
  readonly cls: LoadBalancerClass;
  readonly key: string;
  /** Others shared it; nobody needs it any more. */
  readonly shared: boolean;
  /** A class that reaches it retains what its load balancers leave: it may be there on purpose. */
  readonly retained: boolean;
  /** All of them carry our mark. */
  readonly resources: readonly ObservedResource[];
}

export interface FoundOrphans {
  readonly stacks: readonly OrphanedStack[];
  /** What may be orphaned and is not listed. */
  readonly inDoubt: readonly { readonly className: string; readonly stack: string; readonly why: string }[];
  /** Names of the classes whose clouds were asked, and answered. */
  readonly looked: readonly string[];
  /** Classes whose clouds could not be asked. */
  readonly unknown: readonly { readonly className: string; readonly message: string }[];
}

export interface FindOrphansOptions {
  readonly providers: readonly Provider[];
  readonly clusterUid: string;
  /** Only what is in reach of this class. Default: all classes. */
  readonly className?: string | undefined;
  readonly signal: AbortSignal;
}

/** `objects`: all of a cluster, read just now. */
export async function findOrphans(objects: Objects, o: FindOrphansOptions): Promise<FoundOrphans> {
  for (const provider of o.providers)
    if (provider.form === "graph") provider.start?.({ clusterUid: o.clusterUid, clock: systemClock });
  const inUse = stacksInUse(objects, o.providers);
  const found: { stacks: OrphanedStack[]; inDoubt: FoundOrphans["inDoubt"][number][] } = {
    stacks: [],
    inDoubt: [],
  };
  const looked: string[] = [];
  const unknown: FoundOrphans["unknown"][number][] = [];
  for (const cls of classesToAsk(inUse.classes, objects, o.className)) {
    try {
      await findFor(cls, cls.provider, { inUse, found, signal: o.signal });
      looked.push(cls.name);
    } catch (error) {
      o.signal.throwIfAborted();
      unknown.push({ className: cls.name, message: messageOf(error) });
    }
  }
  const isAsked = ({ className }: { readonly className: string }) =>
    o.className === undefined || className === o.className;
  return {
    stacks: eachOnce(found.stacks).filter(({ cls }) => isAsked({ className: cls.metadata.name ?? "" })),
    inDoubt: found.inDoubt.filter(isAsked),
    looked: looked.filter((className) => isAsked({ className })),
    unknown: unknown.filter(isAsked),
  };
}

type GraphClass = KnownClass & { readonly provider: GraphProvider };

/** The one that was named comes first; of the others then only those that retain, which may reach the same. */
function classesToAsk(classes: Classes, objects: Objects, named: string | undefined): GraphClass[] {
  const all = objects.classes
    .flatMap(({ metadata }) => classes.get(metadata.name ?? "") ?? [])
    .filter((cls): cls is GraphClass => cls.provider?.form === "graph")
    .sort((a, b) => compareText(a.name, b.name));
  if (named === undefined) return all;
  return [
    ...all.filter(({ name }) => name === named),
    ...all.filter(({ name, object }) => name !== named && object.spec.policy.deletion === "Retain"),
  ];
}

interface Search {
  readonly inUse: StacksInUse;
  readonly found: { readonly stacks: OrphanedStack[]; readonly inDoubt: FoundOrphans["inDoubt"][number][] };
  readonly signal: AbortSignal;
}

async function findFor(known: KnownClass, provider: GraphProvider, o: Search): Promise<void> {
  const { inUse, found, signal } = o;
  if (known.force.state !== "accepted") throw new Error("it is not accepted; see its conditions");
  if (provider.stacks === undefined) {
    throw new Error(`its provider "${provider.name}" can't tell what carries the cluster's mark`);
  }
  const cls = { ...known.object, spec: known.force.spec };
  const marked = await provider.stacks(cls, signal);
  const own = marked.filter(({ key, shared }) => !shared && !inUse.has(provider, key));
  const shared = await unneeded(known.name, provider, marked, o);
  const refs = [...own, ...shared].map(
    ({ key, shared: isShared }): StackRef => ({ key, cls, shared: isShared, adopt: [] }),
  );
  const seen = await lookAt(
    refs.map((ref) => ({ provider, ref })),
    { view: cloudItself, signal },
  );
  for (const ref of refs) {
    const resources = oursIn(seen, provider, ref);
    const owner = resources.map(({ kind, cloudId }) => inUse.ownerOf(kind, cloudId)).find(Boolean);
    if (owner !== undefined) {
      const why = `the status of LoadBalancer ${owner} has a part of it`;
      found.inDoubt.push({ className: known.name, stack: ref.key, why });
    } else if (resources.length > 0) {
      const retained = cls.spec.policy.deletion === "Retain";
      found.stacks.push({ provider, cls, key: ref.key, shared: ref.shared, retained, resources });
    }
  }
}

/** Of the stacks that others claim, those that nobody does. */
async function unneeded(
  className: string,
  provider: GraphProvider,
  marked: readonly MarkedStack[],
  { inUse, found, signal }: Search,
): Promise<readonly MarkedStack[]> {
  const shared = marked.filter((each) => each.shared);
  if (shared.length === 0) return [];
  const { keys, doubt } = await inUse.shared(provider, signal);
  const others = shared.filter(({ key }) => !keys.has(key));
  if (doubt === undefined) return others;
  for (const { key } of others) found.inDoubt.push({ className, stack: key, why: doubt });
  return [];
}

function oursIn(seen: Seen, provider: GraphProvider, ref: StackRef): ObservedResource[] {
  const look = seen(provider, ref);
  if (!look.ok) throw new Error(look.message);
  return look.observed.filter(({ ours }) => ours);
}

/** Two classes may reach the same: it is the first one's, and retained if either retains it. */
function eachOnce(stacks: readonly OrphanedStack[]): OrphanedStack[] {
  const nameOf = ({ provider }: OrphanedStack, { kind, cloudId }: ObservedResource) =>
    JSON.stringify([provider.name, kind, cloudId]);
  const retained = new Set(
    stacks.flatMap((stack) => (stack.retained ? stack.resources.map((each) => nameOf(stack, each)) : [])),
  );
  const before = new Set<string>();
  return stacks.flatMap((stack) => {
    const resources = stack.resources.filter((each) => {
      const name = nameOf(stack, each);
      return !before.has(name) && before.add(name);
    });
    if (resources.length === 0) return [];
    return [{ ...stack, resources, retained: resources.some((each) => retained.has(nameOf(stack, each))) }];
  });
}
