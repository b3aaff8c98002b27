/** What sort of place a subnet is in: a load balancer stands in one sort only. */
import type { SubnetFacts } from "../model/facts.ts";

export type Locale = "availability zones" | "local zones" | "wavelength zones" | "outposts";

/** By the zone's name: "us-west-2a", "us-west-2-lax-1a" and "us-east-1-wl1-bos-wlz-1" ("Regions and Zones" in the EC2 User Guide). */
export function localeOf({ zone, outpost }: SubnetFacts, region: string): Locale {
  if (outpost !== undefined) return "outposts";
  if (/-wlz-\d+$/.test(zone)) return "wavelength zones";
  return zone.startsWith(region) && /^[a-z]$/.test(zone.slice(region.length))
    ? "availability zones"
    : "local zones";
}
