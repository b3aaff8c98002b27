/** What of an object of ours counts, for all who act on it: what the controller has accepted. Pure. */
import type { Condition } from "../../api/meta.ts";

interface Judged<Spec> {
  readonly spec: Spec;
  readonly status?:
    | { readonly acceptedSpec?: unknown; readonly conditions?: readonly Condition[] | undefined }
    | undefined;
}

/**
 * The spec that was accepted last, whatever was written since and is refused or not looked at yet; `undefined`: none ever was, and the object
 * has no effect. Kinds whose edits can't be refused record no `status.acceptedSpec`: of these it is the spec of now, once they were accepted.
 */
export function specInForce<Spec>({ spec, status }: Judged<Spec>): Spec | undefined {
  if (status?.acceptedSpec !== undefined) return status.acceptedSpec as Spec;
  return status?.conditions?.some(({ type, status: is }) => type === "Accepted" && is === "True")
    ? spec
    : undefined;
}
