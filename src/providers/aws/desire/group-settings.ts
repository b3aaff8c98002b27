/** What members of a group may not decide, for it concerns the load balancer as a whole: the leader does. */
import { canonical } from "../../../core/plan/json.ts";
import type { Json } from "../../../core/plan/types.ts";
import type { Problem } from "../../provider.ts";
import type { AwsSettings } from "../settings/service-settings.ts";
import { degraded, pending } from "./problems.ts";
import { nameOf, type View } from "./view.ts";

/** Settings of the load balancer as a whole. */
const leaderSettings = [
  "name",
  "ipAddressType",
  "subnets",
  "eipAllocations",
  "privateIPv4Addresses",
  "ipv6Addresses",
  "sourceNat",
  "sourceNatPrefixes",
  "attributes",
  "capacityUnits",
  "securityGroups",
  "manageBackendSecurityGroupRules",
  "disableSecurityGroups",
  "enforceInboundOnPrivateLink",
] as const satisfies readonly (keyof AwsSettings)[];

/** Where a setting is written, if that is not under its own name. */
const writtenAs: Partial<Record<keyof AwsSettings, readonly string[]>> = {
  attributes: ["attributes", "accessLogs", "crossZone"],
};

/** By key of the member. */
export function groupConflicts(
  leader: View,
  views: readonly View[],
): ReadonlyMap<string, readonly Problem[]> {
  const others = views.filter((view) => view !== leader);
  return new Map(others.map((view) => [nameOf(view), [...conflicts(leader, view)]]));
}

function* conflicts(leader: View, view: View): Iterable<Problem> {
  const who = nameOf(leader);
  if (view.scheme !== leader.scheme) {
    yield pending(
      "GroupConflict",
      `it asks for an ${view.spec.scheme} load balancer, but that of its group is ${leader.spec.scheme}, as ${who} leads it`,
    );
  }
  if (view.family === "IPv6" && addressTypeOf(leader) === "ipv4") {
    yield pending(
      "GroupConflict",
      `its targets have IPv6 addresses, which needs a dual-stack load balancer, but that of its group is ipv4, as ${who} leads it; set the annotation service.beta.kubernetes.io/aws-load-balancer-ip-address-type: dualstack there`,
    );
  }
  for (const setting of leaderSettings) {
    const isSaid = (writtenAs[setting] ?? [setting]).some((key) => view.spec.settings?.[key] !== undefined);
    if (!isSaid || text(view.settings[setting]) === text(leader.settings[setting])) continue;
    yield degraded(
      "GroupConflict",
      `setting ${setting} is ${text(view.settings[setting])} here, but ${text(leader.settings[setting]) || "not set"} at ${who}, which leads the group and decides`,
    );
  }
  const { adopt } = view.spec;
  if (adopt !== undefined && adopt !== leader.spec.adopt) {
    yield degraded(
      "GroupConflict",
      `adopt is said here and not at ${who}, which leads the group and decides`,
    );
  }
}

/** Dual stack where it is asked for or the targets need it. */
export function addressTypeOf({ settings, spec }: View): "ipv4" | "dualstack" {
  return settings.ipAddressType ?? (spec.ipFamilies.includes("IPv6") ? "dualstack" : "ipv4");
}

function text(value: unknown): string {
  return canonical(value as Json | undefined);
}
