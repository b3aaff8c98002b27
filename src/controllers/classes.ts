/** The LoadBalancerClasses as the controllers see them: what is in force, and which provider serves it. */
import type { LoadBalancerClass } from "../api/load-balancer-class.ts";
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
  /** Only classes that may claim Services: not those being deleted. */
  claimable(): readonly LoadBalancerClass[];
}

export function createClasses(
  informer: Informer<LoadBalancerClass>,
  providers: ReadonlyMap<string, Provider>,
): Classes {
  const known = new WeakMap<LoadBalancerClass, KnownClass>();
  return {
    get(name) {
      const object = informer.get(name);
      if (object === undefined) return undefined;
      const before = known.get(object);
      if (before !== undefined) return before;
      const provider = providers.get(object.spec.provider);
      const evaluated: KnownClass = { name, object, provider, force: classInForce(object, provider) };
      known.set(object, evaluated);
      return evaluated;
    },
    claimable: () => informer.list().filter((cls) => cls.metadata.deletionTimestamp === undefined),
  };
}
