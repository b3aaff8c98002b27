/** Which load balancers and target groups of an account may belong to some stacks, so that only their tags are read. */
import type { LoadBalancer, TargetGroup } from "@aws-sdk/client-elastic-load-balancing-v2";
import { nameOf } from "../model/names.ts";
import type { Ownership } from "./ownership.ts";

export interface Wanted {
  readonly clusterUid: string;
  /** Keys of the stacks. */
  readonly stacks: ReadonlySet<string>;
  /** Those of them of which nothing is wanted any more. */
  readonly going: ReadonlySet<string>;
  /** ARNs of load balancers to be looked at whoever's they are. */
  readonly adopt: ReadonlySet<string>;
  /** What status says that the stacks have: looked at though its mark may be gone. */
  readonly recorded: ReadonlySet<string>;
}

/** What `nameOf` makes. */
const madeByUs = /^fl-(?:[A-Za-z0-9]{1,8}-){0,2}[0-9a-f]{10}$/;
const hashLength = 10;

function mayBelong(wanted: Wanted, ownership: Ownership): (arn: string, name: string) => boolean {
  const beginnings = [...wanted.stacks].map((stack) => {
    const { clusterUid } = wanted;
    return nameOf({ clusterUid, stack, resource: "", replaces: [] }).slice(0, -hashLength);
  });
  return (arn, name) => {
    if (wanted.adopt.has(arn) || wanted.recorded.has(arn)) return true;
    const owner = ownership.of(arn);
    if (owner !== undefined) return owner.is === "ours" && wanted.stacks.has(owner.stack);
    // The name tells the stack. Names that users chose, or that came with what was taken over, tell nothing.
    if (!madeByUs.test(name)) return true;
    return beginnings.some((beginning) => name.startsWith(beginning));
  };
}

export function candidateLoadBalancers(
  all: readonly LoadBalancer[],
  wanted: Wanted,
  ownership: Ownership,
): LoadBalancer[] {
  const belongs = mayBelong(wanted, ownership);
  return all.filter(({ LoadBalancerArn: arn = "", LoadBalancerName: name = "", Type }) =>
    Type === "network" ? belongs(arn, name) : wanted.adopt.has(arn),
  );
}

/** `loadBalancers`: those that belong to the stacks, or are to be taken over. What is attached to others is not ours. */
export function candidateTargetGroups(
  all: readonly TargetGroup[],
  loadBalancers: ReadonlySet<string>,
  wanted: Wanted,
  ownership: Ownership,
): TargetGroup[] {
  const belongs = mayBelong(wanted, ownership);
  return all.filter(
    ({ TargetGroupArn: arn = "", TargetGroupName: name = "", LoadBalancerArns: attached = [] }) => {
      if (attached.some((one) => loadBalancers.has(one))) return true;
      const isElsewhere = attached.length > 0 && ownership.of(arn) === undefined && !madeByUs.test(name);
      return (!isElsewhere || wanted.recorded.has(arn)) && belongs(arn, name);
    },
  );
}
