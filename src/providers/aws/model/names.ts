/** Names of what is created: the same for a repeated creation, another for what takes the place of something. */
import { fingerprint } from "../../../core/plan/json.ts";

/** What a name is made of. `replaces`: cloud ids that the new one takes the place of (`CreateOperation.replaces`). */
export interface Naming {
  readonly clusterUid: string;
  readonly stack: string;
  /** Id of the resource in the stack. */
  readonly resource: string;
  readonly replaces: readonly string[];
}

const longestName = 32;

/**
 * For load balancers and target groups, 32 characters at most, and security groups: `fl-<8 of namespace>-<8 of name>-<10 of a hash>`.
 * Resources are found by their tags; the name is what makes a second creation find the first.
 */
export function nameOf({ clusterUid, stack, resource, replaces }: Naming): string {
  const hash = fingerprint([clusterUid, stack, resource, [...replaces].sort()], 10);
  return ["fl", ...readable(stack), hash].join("-");
}

/** `wanted`: the name that the user asks for. It is taken until a replacement, which can't have the name of what it replaces. */
export function loadBalancerName(naming: Naming, wanted: string | undefined): string {
  if (wanted === undefined) return nameOf(naming);
  if (naming.replaces.length === 0) return wanted;
  const { clusterUid, stack, resource, replaces } = naming;
  const hash = fingerprint([clusterUid, stack, resource, [...replaces].sort()], 8);
  return `${wanted.slice(0, longestName - hash.length - 1).replace(/-+$/, "")}-${hash}`;
}

/** The last two words of a stack's key, as far as names may have them: `default/web` or `group <class> default web`. */
function readable(stack: string): string[] {
  return stack
    .split(/[ /]/)
    .slice(-2)
    .map((word) => word.replace(/[^A-Za-z0-9]/g, "").slice(0, 8))
    .filter((word) => word !== "");
}

const longestKey = 256;

/** A stack's key as it fits into the value of a tag: of one that is too long, its beginning and a fingerprint of all. */
export function stackKey(key: string): string {
  return key.length <= longestKey ? key : `${key.slice(0, longestKey - 17)}#${fingerprint(key, 16)}`;
}
