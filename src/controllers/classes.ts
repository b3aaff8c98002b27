/** The LoadBalancerClasses as the controllers see them: what is in force, and which provider serves it. */
import type { LoadBalancerClass } from "../api/load-balancer-class.ts";
import type { ClaimableClass } from "../core/claim.ts";
import { type ClassInForce, classInForce } from "../core/class-in-force.ts";
import type { Finding } from "../core/translate/annotations.ts";
import type { Provider } from "../providers/provider.ts";
import type { Informer } from "../runtime/cache/informer.ts";

export interface KnownClass {
  readonly name: string;
  readonly object: LoadBalancerClass;
  readonly force: ClassInForce;
  /** `undefined`: somebody else's process. */
  readonly provider: Provider | undefined;
}

export interface Classes {
  get(name: string): KnownClass | undefined;
  /** The classes that may claim Services they did not claim before, by what is in force: not those being deleted or never accepted. */
  claimable(): readonly ClaimableClass[];
}

export function createClasses(
  informer: Informer<LoadBalancerClass>,
  providers: ReadonlyMap<string, Provider>,
): Classes {
  const known = new WeakMap<LoadBalancerClass, KnownClass>();
  const evaluate = (object: LoadBalancerClass): KnownClass => {
    const before = known.get(object);
    if (before !== undefined) return before;
    const provider = providers.get(object.spec.provider);
    const name = object.metadata.name ?? "";
    const evaluated: KnownClass = { name, object, provider, force: classInForce(object, provider) };
    known.set(object, evaluated);
    return evaluated;
  };
  return {
    get(name) {
      const object = informer.get(name);
      return object === undefined ? undefined : evaluate(object);
    },
    claimable: () =>
      informer.list().flatMap((object) => {
        const { force, provider } = evaluate(object);
        if (object.metadata.deletionTimestamp !== undefined || force.state === "refused") return [];
        return [claimableClass(object.metadata, force.spec, provider)];
      }),
  };
}

/** Why a class that was deleted takes nothing new; `undefined` for one that was not. What it serves already, it serves to the end. */
export function refusalOfDeleted({ name, object }: KnownClass): Finding | undefined {
  if (object.metadata.deletionTimestamp === undefined) return undefined;
  return {
    reason: "ClassDeleted",
    message: `LoadBalancerClass "${name}" was deleted and takes nothing new: it stays only until the last that it serves has gone; use another class, or create it anew then`,
  };
}

/** What a class claims, by the spec in force and with what its provider knows of annotations. */
export function claimableClass(
  metadata: LoadBalancerClass["metadata"],
  spec: LoadBalancerClass["spec"],
  provider: Provider | undefined,
): ClaimableClass {
  const claims = provider?.claimsByAnnotation?.bind(provider);
  if (claims === undefined) return { metadata, spec };
  return { metadata, spec, claimsByAnnotation: (annotations) => claims(annotations, spec.settings ?? {}) };
}
