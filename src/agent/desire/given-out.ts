/** What BGP is told of the addresses that are given out: each with those who have it, and whether somebody is there to take its traffic. */
import type { GivenAddress, Sharer } from "./given-addresses.ts";

export interface GivenOut extends GivenAddress {
  readonly sharers: readonly GivenOutSharer[];
}

export interface GivenOutSharer extends Sharer {
  /** Of its Service; of the LoadBalancer itself where that was written by hand. Needed only if an advertisement selects by them. */
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** Where the endpoints are that take traffic: `here` if any is on this node. */
  readonly usable: "here" | "elsewhere" | "nowhere";
}
