/** Source ranges that a load balancer without security group can't keep to. */
import type { Problem } from "../../provider.ts";
import type { Served } from "./ports-of-members.ts";
import { degraded } from "./problems.ts";
import type { GroupMode } from "./security-groups.ts";
import { preservesClient } from "./target-attributes.ts";

/** There, only the security groups of targets know the client, and only where they see its address. */
export function unguardedPorts({ view, listens }: Served, groups: GroupMode): Problem[] {
  if (groups.mode !== "none" || (view.spec.sourceRanges ?? []).length === 0) return [];
  const open = groups.open ? listens.filter((each) => !preservesClient(view, each)) : listens;
  if (open.length === 0) return [];
  const ports = open.map(({ port }) => port).join(", ");
  return [
    degraded(
      "InvalidSettings",
      `sourceRanges has no effect on port ${ports}, for the load balancer has no security group and targets do not see clients; take disableSecurityGroups off, or set preserve_client_ip.enabled=true`,
    ),
  ];
}
