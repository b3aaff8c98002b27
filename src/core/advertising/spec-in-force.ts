/** What of an object of ours counts, for all who act on it: what the controller has accepted. Pure. */

interface Judged<Spec> {
  readonly spec: Spec;
  readonly status?: { readonly acceptedSpec?: unknown } | undefined;
}

/**
 * The spec that was accepted last, whatever was written since and is refused or not looked at yet; `undefined`: none ever was, and the object
 * has no effect. For pools, advertisements, peers, profiles and communities; the controller records it in `status.acceptedSpec`.
 */
export function specInForce<Spec>({ status }: Judged<Spec>): Spec | undefined {
  return status?.acceptedSpec as Spec | undefined;
}
