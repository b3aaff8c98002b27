/** BGP communities: names to numbers. Pure. */
import type { CommunitySpec } from "../../api/community.ts";
import { isCommunityValue, wellKnownCommunities } from "../../api/community-text.ts";
import type { Accepted } from "./accepted.ts";
import type { BgpProblem } from "./input.ts";

export interface CommunityAliases {
  readonly problems: readonly BgpProblem[];
  /** As numbers, `a:b` or `large:a:b:c`; undefined: nobody gives this name a value. */
  resolve(text: string): string | undefined;
}

/** Of two objects that give a value to one name the older one holds. */
export function communityAliases(objects: readonly Accepted<CommunitySpec>[]): CommunityAliases {
  const values = new Map<string, { readonly value: string; readonly by: string }>();
  const problems: BgpProblem[] = [];
  for (const { name: by, spec } of objects) {
    for (const { name, value } of spec.communities) {
      const earlier = values.get(name);
      if (earlier === undefined) values.set(name, { value, by });
      else if (earlier.value !== value)
        problems.push({
          kind: "Community",
          name: by,
          message: `Gives "${name}" the value ${value}, but Community ${earlier.by} says ${earlier.value}, which holds because it is older; use another name`,
        });
    }
  }
  return {
    problems,
    resolve(text) {
      const value = Object.hasOwn(wellKnownCommunities, text)
        ? wellKnownCommunities[text]
        : (values.get(text)?.value ?? text);
      return value !== undefined && isCommunityValue(value) ? value : undefined;
    },
  };
}

/** By number, part by part. */
export function compareCommunities(a: string, b: string): number {
  const left = a.split(":").map(Number);
  const right = b.split(":").map(Number);
  for (const [at, part] of left.entries()) {
    const difference = part - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
