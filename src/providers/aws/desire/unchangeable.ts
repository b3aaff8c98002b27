/** What a load balancer that is there keeps although something else is asked for: AWS can't change it, and a new one is not made for it. Pure. */

import type { Member, Problem } from "../../provider.ts";
import type { LoadBalancerFields } from "../model/resources.ts";
import { readSettings } from "../settings/service-settings.ts";
import { degraded } from "./problems.ts";

const secondaryAddresses = "secondary_ips.auto_assigned.per_subnet";

/** For the member whose word counts: see `leaderOf`. */
export function unchangeable(
  { lb: { spec, status } }: Member,
  { name: there, attributes }: Pick<LoadBalancerFields, "name" | "attributes">,
): Problem[] {
  if (spec.group !== undefined && status?.leads !== true) return [];
  const settings = readSettings(spec.settings);
  const problems: Problem[] = [];
  if (settings.name !== undefined && there !== undefined && settings.name !== there) {
    problems.push(
      degraded(
        "InvalidSettings",
        `name: the load balancer keeps the name "${there}", for AWS renames none; "${settings.name}" counts for the next one that is made`,
      ),
    );
  }
  const count = attributes[secondaryAddresses] ?? "0";
  if (count !== "0" && settings.attributes[secondaryAddresses] === undefined) {
    problems.push(
      degraded(
        "InvalidSettings",
        `attributes: ${secondaryAddresses} stays ${count}, for AWS never makes it less; ask for ${count}, or recreate the Service`,
      ),
    );
  }
  return problems;
}
