/** Ownership marks: the tags by which what is ours is found again. They are sent with the call that creates the resource. */
import { compareText } from "../../../core/compare-text.ts";
import { fingerprint } from "../../../core/plan/json.ts";

export type Tags = Readonly<Record<string, string>>;

export const markKeys = {
  /** UID of the namespace kube-system. */
  cluster: "fairlead.io/cluster",
  /** Key of the stack. */
  stack: "fairlead.io/stack",
  /** Id of the resource in the stack. */
  resource: "fairlead.io/resource",
  /** UID of the LoadBalancer, on what serves one alone. */
  members: "fairlead.io/members",
  /** On target groups: ARN of the load balancer that it was made for, as a target group can be attached to one only. */
  loadBalancer: "fairlead.io/load-balancer",
  /** On listeners: `ListenerFields.drain.seconds`, where that is not null. */
  drain: "fairlead.io/drain-seconds",
  /** On load balancers whose deletion protection is ours: what others switched on is not ours to switch off. */
  protection: "fairlead.io/deletion-protection",
  /** Fingerprints of the keys of all other tags that we set, so that one no longer wanted can be told from somebody else's. */
  added: "fairlead.io/added-tags",
} as const;

/** What `fairlead.io/added-tags` has room for: a tag's value has at most 256 characters. */
export const mostAddedTags = 42;

/** The tags of one resource: its marks and what users want added, which can't take the place of a mark. */
export function tagsOf(
  clusterUid: string,
  stack: string,
  resource: string,
  members: readonly string[],
  added: Tags,
): Tags {
  const [only, ...others] = members;
  const keys = Object.keys(added).filter((key) => !isMark(key));
  return {
    ...Object.fromEntries(keys.map((key) => [key, added[key] as string])),
    [markKeys.cluster]: clusterUid,
    [markKeys.stack]: stack,
    [markKeys.resource]: resource,
    ...(only === undefined || others.length > 0 ? {} : { [markKeys.members]: only }),
    ...(keys.length === 0 ? {} : { [markKeys.added]: keys.map(keyMark).sort(compareText).join(" ") }),
  };
}

/** Observed tags that we set once and no longer want. Tags of others stay, and so does the attachment of a target group. */
export function tagsToRemove(desired: Tags, observed: Tags): string[] {
  const added = new Set((observed[markKeys.added] ?? "").split(" "));
  const ours = (key: string): boolean =>
    [markKeys.members, markKeys.added, markKeys.drain, markKeys.protection].some((mark) => mark === key) ||
    (!isMark(key) && added.has(keyMark(key)));
  return Object.keys(observed)
    .filter((key) => !Object.hasOwn(desired, key) && ours(key))
    .sort(compareText);
}

/** Whether all that is wanted is there, and nothing of ours beside it. */
export function sameTags(desired: Tags, observed: Tags): boolean {
  const there = Object.entries(desired).every(([key, value]) => observed[key] === value);
  return there && tagsToRemove(desired, observed).length === 0;
}

export function isMark(key: string): boolean {
  return key.startsWith("fairlead.io/");
}

function keyMark(key: string): string {
  return fingerprint(key, 5);
}
