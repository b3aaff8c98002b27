/** Which changes of an object can change a decision. Most updates are our own status writes coming back. */
import type { KubeObject } from "../api/meta.ts";
import { annotations, finalizer } from "../api/names.ts";
import { equal } from "../runtime/patch/merge-diff.ts";

/** True where spec, labels, identity, deletion or the accepted spec differ. Namespaces have no generation: their labels count. */
export function decides(
  before: KubeObject & { status?: object | undefined },
  after: KubeObject & { status?: object | undefined },
): boolean {
  const [a, b] = [before.metadata, after.metadata];
  return (
    a.generation !== b.generation ||
    a.uid !== b.uid ||
    a.deletionTimestamp !== b.deletionTimestamp ||
    !equal(a.labels ?? {}, b.labels ?? {}) ||
    !equal(accepted(before), accepted(after))
  );
}

/** Whether two states of a Service are the same to what reads it beside its LoadBalancer: our finalizer, and what its user agrees to. */
export function sameForStack(before: KubeObject, after: KubeObject): boolean {
  const read = ({ metadata }: KubeObject) => [
    metadata.uid,
    metadata.annotations?.[annotations.acknowledgeReplacement],
    metadata.finalizers?.includes(finalizer) === true,
  ];
  return equal(read(before), read(after));
}

/** Whether nothing but the status differs: most often what was just written there comes back. */
export function onlyStatusDiffers(before: KubeObject, after: KubeObject): boolean {
  const rest = ({ metadata }: KubeObject) => [
    metadata.uid,
    metadata.generation,
    metadata.deletionTimestamp,
    metadata.labels,
    metadata.annotations,
    metadata.finalizers,
  ];
  return equal(rest(before), rest(after));
}

function accepted(object: { status?: object | undefined }): unknown {
  return (object.status as { acceptedSpec?: unknown } | undefined)?.acceptedSpec;
}
