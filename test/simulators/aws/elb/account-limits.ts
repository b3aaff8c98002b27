/** DescribeAccountLimits, from the quotas that are in force. */
import type { ElbOperation } from "../state.ts";

export const describeAccountLimits: ElbOperation = async (world) => {
  const { limits } = world.behaviour();
  const named = {
    "network-load-balancers": limits.loadBalancers,
    "target-groups": limits.targetGroups,
    "listeners-per-network-load-balancer": limits.listenersPerLoadBalancer,
    "targets-per-target-group": limits.targetsPerTargetGroup,
    "certificates-per-network-load-balancer": limits.certificatesPerLoadBalancer,
    "target-groups-per-action-on-network-load-balancer": limits.targetGroupsPerAction,
  };
  return { Limits: Object.entries(named).map(([Name, Max]) => ({ Name, Max })) };
};
