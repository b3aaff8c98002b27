/** What was taken over and has lost our mark since, because somebody else writes its tags or descriptions too. Pure. */
import type { LoadBalancer } from "../../../api/load-balancer.ts";
import type { ObservedResource } from "../../../core/plan/types.ts";
import type { LiveMember } from "./rounds.ts";

/** After a take-over: a predecessor that is still at work answers the edit that asked for it. */
export const ANSWER_MS = 60_000;
/** After a refusal: what stood against it may be over. */
export const TRUCE_MS = 10 * 60_000;

const because =
  "carried our mark, which somebody else has taken off: stop the controller that served it before, or what else writes its tags; it is taken over again in ten minutes or so";

/** As observed, but what was named for adoption and recorded as ours before may not be taken over now. The same array where there is no such thing. */
export function withoutContested(
  observed: readonly ObservedResource[],
  live: readonly LiveMember[],
): readonly ObservedResource[] {
  const had = new Set(recordedIds(live.map(({ lb }) => lb)));
  const named = namedBy(live);
  const isContested = ({ ours, cloudId, adoption }: ObservedResource): boolean =>
    !ours && adoption === "allowed" && named.has(cloudId) && had.has(cloudId);
  if (!observed.some(isContested)) return observed;
  return observed.map((copy) => (isContested(copy) ? { ...copy, adoption: { refused: because } } : copy));
}

/** Cloud ids that the status of these has; what was handed back is not theirs any more. */
export function recordedIds(lbs: readonly LoadBalancer[]): string[] {
  return lbs.flatMap(({ status }) =>
    status?.released === true ? [] : (status?.resources ?? []).map(({ id }) => id),
  );
}

/** Whether what was named for adoption became ours between the two. */
export function wasTaken(
  before: readonly ObservedResource[],
  after: readonly ObservedResource[],
  live: readonly LiveMember[],
): boolean {
  const named = namedBy(live);
  const ours = new Set(after.flatMap(({ ours: isOurs, cloudId }) => (isOurs ? [cloudId] : [])));
  return before.some(({ ours: wasOurs, cloudId }) => !wasOurs && named.has(cloudId) && ours.has(cloudId));
}

function namedBy(live: readonly LiveMember[]): ReadonlySet<string> {
  return new Set(live.flatMap(({ member }) => member.lb.spec.adopt ?? []));
}
