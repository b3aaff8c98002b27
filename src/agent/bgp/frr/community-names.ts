/** Names by which FRR shows some communities; others in other releases. We write numbers, and read both. Pure. */
import { wellKnownCommunities } from "../../../api/community-text.ts";

/** `community_str2com` and `set_community_string` of bgpd/bgp_community.c. */
const values: Readonly<Record<string, string>> = {
  ...wellKnownCommunities,
  internet: "0:0",
  "accept-own": "65535:1",
  "route-filter-translated-v4": "65535:2",
  "route-filter-v4": "65535:3",
  "route-filter-translated-v6": "65535:4",
  "route-filter-v6": "65535:5",
  "llgr-stale": "65535:6",
  "no-llgr": "65535:7",
  "accept-own-nexthop": "65535:8",
  "local-AS": "65535:65283",
};

/** A line of FRR's with its communities as numbers; all other lines are as they were. */
export function withNumbers(line: string): string {
  if (!line.startsWith("set community ")) return line;
  return line
    .split(" ")
    .map((word) => (Object.hasOwn(values, word) ? values[word] : word))
    .join(" ");
}
