/** What BGP is told of the addresses that are given out: each with those who have it, and whether somebody is there to take its traffic. */
import { type GivenAddress, type Sharer, serviceKey } from "./given-addresses.ts";
import { whereUsable } from "./local-endpoints.ts";
import type { ClusterObjects } from "./objects.ts";

export interface GivenOut extends GivenAddress {
  readonly sharers: readonly GivenOutSharer[];
}

export interface GivenOutSharer extends Sharer {
  /** Of its Service; of the LoadBalancer itself where that was written by hand. Needed only if an advertisement selects by them. */
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** Where the endpoints are that take traffic: `here` if any is on this node. */
  readonly usable: "here" | "elsewhere" | "nowhere";
}

/** @param node the name of this node */
export function givenOut(
  given: readonly GivenAddress[],
  { serviceLabels, endpointSlices }: Pick<ClusterObjects, "serviceLabels" | "endpointSlices">,
  node: string,
): GivenOut[] {
  return given.map((each) => ({
    ...each,
    sharers: each.sharers.map((sharer) => {
      const key = serviceKey(sharer);
      // Of one that was written by hand nobody knows where its endpoints are.
      if (key === undefined) return { ...sharer, usable: "here" };
      const labels = serviceLabels(key);
      return { ...sharer, labels, usable: whereUsable(endpointSlices(key), each.family, node) };
    }),
  }));
}
