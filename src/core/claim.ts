/** Decides which LoadBalancerClass, if any, a Service belongs to (law 1 of the design). Pure; knows no cluster. */
import type { Service } from "../api/kubernetes.ts";
import { serviceClassPrefix } from "../api/names.ts";
import { compareOrder, orderOf } from "./order.ts";

/** What a claim needs to know of a class. */
export interface ClaimableClass {
  readonly metadata: {
    readonly name?: string | undefined;
    readonly creationTimestamp?: string | undefined;
    readonly uid?: string | undefined;
  };
  readonly spec: { readonly default?: boolean | undefined; readonly aliases?: readonly string[] | undefined };
  /** Whether annotations known from the class's platform ask for it, as far as its settings list them. Default: never. */
  readonly claimsByAnnotation?: ((annotations: Readonly<Record<string, string>>) => boolean) | undefined;
}

export type Claim =
  /** The Service is ours; `className` may name a class that does not exist (yet) when it was asked for by our own prefix. */
  | { readonly by: "name" | "alias" | "annotation" | "default" | "record"; readonly className: string }
  /** Not ours: it is never touched. `why` is for `fairlead explain`. */
  | { readonly by: "nobody"; readonly why: string };

const PREFIX = serviceClassPrefix;

/** Finalizers of the API server's own garbage collector say nothing about another load-balancer controller. */
const NEUTRAL_FINALIZERS: ReadonlySet<string> = new Set(["foregroundDeletion", "orphan"]);

/**
 * The finalizers of others on a Service. Any of them means that somebody else's clean-up depends on this object, so a
 * class that was not asked for by name leaves it alone.
 */
function foreignFinalizers(service: Service): string[] {
  return (service.metadata.finalizers ?? []).filter(
    (name) => !name.startsWith(PREFIX) && !NEUTRAL_FINALIZERS.has(name),
  );
}

/** A claim made before, as the LoadBalancers of the Service have it. */
export interface RecordedClaim {
  readonly className: string;
  /** The `spec.loadBalancerClass` that the Service had then. */
  readonly asked: string | undefined;
}

/**
 * Decides the claim on a Service of type LoadBalancer: by the class that it names, by what is recorded, by annotations that a class
 * takes as meant for it, by default.
 *
 * What is recorded is sticky as long as the Service asks for the same: turning `default` off, or moving it or an alias to another
 * class, changes unclaimed Services only. A Service that asks for something else, which the API server allows by way of another type
 * only, is decided anew.
 */
export function decideClaim(
  service: Service,
  classes: readonly ClaimableClass[],
  recorded: RecordedClaim | undefined,
): Claim {
  const asked = service.spec?.loadBalancerClass;
  if (asked?.startsWith(PREFIX) === true) return { by: "name", className: asked.slice(PREFIX.length) };
  if (recorded !== undefined && recorded.asked === asked)
    return { by: "record", className: recorded.className };
  if (asked !== undefined) {
    const owner = aliasOwner(asked, classes);
    if (owner !== undefined) return { by: "alias", className: owner };
    return {
      by: "nobody",
      why: `its loadBalancerClass ${JSON.stringify(asked)} is neither "${PREFIX}<class>" nor an alias of a LoadBalancerClass`,
    };
  }
  const annotated = annotationOwner(service.metadata.annotations ?? {}, classes);
  const owner = annotated ?? defaultOwner(classes);
  if (owner === undefined)
    return {
      by: "nobody",
      why: "it names no loadBalancerClass, no LoadBalancerClass has spec.default: true, and none claims it by its annotations",
    };
  const foreign = foreignFinalizers(service);
  if (foreign.length > 0) {
    return {
      by: "nobody",
      why: `it names no loadBalancerClass and carries the finalizer ${JSON.stringify(foreign[0])} of another controller`,
    };
  }
  return { by: annotated === undefined ? "default" : "annotation", className: owner };
}

/** Of several classes that take the annotations as meant for them the oldest wins. */
function annotationOwner(
  annotations: Readonly<Record<string, string>>,
  classes: readonly ClaimableClass[],
): string | undefined {
  return oldest(classes.filter((cls) => cls.claimsByAnnotation?.(annotations) === true));
}

/** Of several default classes the oldest wins. */
export function defaultOwner(classes: readonly ClaimableClass[]): string | undefined {
  return oldest(classes.filter((cls) => cls.spec.default === true));
}

/** Of several classes with the same alias the oldest wins. */
export function aliasOwner(alias: string, classes: readonly ClaimableClass[]): string | undefined {
  return oldest(classes.filter((cls) => cls.spec.aliases?.includes(alias) === true));
}

function oldest(classes: readonly ClaimableClass[]): string | undefined {
  let first: ClaimableClass | undefined;
  for (const cls of classes) {
    if (first === undefined || compareOrder(orderOf(cls.metadata), orderOf(first.metadata)) < 0) first = cls;
  }
  return first?.metadata.name;
}
