import type { Behaviour, PartialBehaviour } from "./types.ts";

/** Enough of AWS's slowness for every wait to be met once. */
const usual: Behaviour = {
  provisioningDescribes: 1,
  initialDescribes: 1,
  drainingDescribes: 1,
  deletionHoldTimes: 1,
  unseenDescribes: 0,
  // Elastic Load Balancing User Guide, "Quotas for your Network Load Balancers"; Amazon VPC User Guide, "Amazon VPC quotas".
  limits: {
    loadBalancers: 50,
    targetGroups: 3000,
    listenersPerLoadBalancer: 50,
    targetsPerTargetGroup: 1000,
    certificatesPerLoadBalancer: 25,
    targetGroupsPerAction: 5,
    tagsPerResource: 50,
    rulesPerSecurityGroup: 60,
  },
  rateLimits: {},
};

/** A behaviour changed in the fields that are given. */
export function behaviourOf(change: PartialBehaviour = {}, before: Behaviour = usual): Behaviour {
  return {
    ...before,
    ...change,
    limits: { ...before.limits, ...change.limits },
    rateLimits: { ...before.rateLimits, ...change.rateLimits },
  };
}
