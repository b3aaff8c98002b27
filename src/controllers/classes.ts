/** The LoadBalancerClasses as the controllers see them: what is in force, and which provider serves it. */
import type { LoadBalancerClass } from "../api/load-balancer-class.ts";
import type { ClaimableClass } from "../core/claim.ts";
import { type ClassInForce, classInForce } from "../core/class-in-force.ts";
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
        const { force } = evaluate(object);
        if (object.metadata.deletionTimestamp !== undefined || force.state === "refused") return [];
        return [{ metadata: object.metadata, spec: force.spec }];
      }),
  };
}
