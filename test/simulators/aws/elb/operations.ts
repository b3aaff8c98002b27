/** The operations of ELB that are known here, with the parameters that each takes (its "Request Parameters" in the API Reference). */
import type { ElbOperation } from "../state.ts";
import { invalid } from "../wire/aws-error.ts";
import type { Fields } from "../wire/query.ts";
import { describeAccountLimits } from "./account-limits.ts";
import * as attributes from "./attributes.ts";
import * as certificates from "./certificates.ts";
import * as listeners from "./listeners.ts";
import * as changes from "./load-balancer-changes.ts";
import * as loadBalancers from "./load-balancers.ts";
import * as tags from "./tags.ts";
import * as groups from "./target-groups.ts";
import { describeTargetHealth } from "./target-health.ts";
import * as targets from "./targets.ts";

const paging = "Marker PageSize";
const healthCheck =
  "HealthCheckProtocol HealthCheckPort HealthCheckEnabled HealthCheckPath HealthCheckIntervalSeconds HealthCheckTimeoutSeconds HealthyThresholdCount UnhealthyThresholdCount Matcher";
const listener = "Port Protocol SslPolicy Certificates DefaultActions AlpnPolicy";
const zones = "Subnets SubnetMappings IpAddressType EnablePrefixForIpv6SourceNat";

/** Policies are moto's own list. */
const describeSslPolicies: ElbOperation = (world, request) => world.moto.elb("DescribeSSLPolicies", request);

const known: Readonly<Record<string, readonly [operation: ElbOperation, parameters: string]>> = {
  AddListenerCertificates: [certificates.addListenerCertificates, "ListenerArn Certificates"],
  AddTags: [tags.addTags, "ResourceArns Tags"],
  CreateListener: [listeners.createListener, `LoadBalancerArn ${listener} Tags`],
  CreateLoadBalancer: [loadBalancers.createLoadBalancer, `Name ${zones} SecurityGroups Scheme Tags Type`],
  CreateTargetGroup: [
    groups.createTargetGroup,
    `Name Protocol Port VpcId ${healthCheck} TargetType Tags IpAddressType`,
  ],
  DeleteListener: [listeners.deleteListener, "ListenerArn"],
  DeleteLoadBalancer: [loadBalancers.deleteLoadBalancer, "LoadBalancerArn"],
  DeleteTargetGroup: [groups.deleteTargetGroup, "TargetGroupArn"],
  DeregisterTargets: [targets.deregisterTargets, "TargetGroupArn Targets"],
  DescribeAccountLimits: [describeAccountLimits, paging],
  DescribeCapacityReservation: [changes.describeCapacityReservation, "LoadBalancerArn"],
  DescribeListenerAttributes: [attributes.describeListenerAttributes, "ListenerArn"],
  DescribeListenerCertificates: [certificates.describeListenerCertificates, `ListenerArn ${paging}`],
  DescribeListeners: [listeners.describeListeners, `LoadBalancerArn ListenerArns ${paging}`],
  DescribeLoadBalancerAttributes: [attributes.describeLoadBalancerAttributes, "LoadBalancerArn"],
  DescribeLoadBalancers: [loadBalancers.describeLoadBalancers, `LoadBalancerArns Names ${paging}`],
  DescribeRules: [listeners.describeRules, `ListenerArn ${paging}`],
  DescribeSSLPolicies: [describeSslPolicies, `Names ${paging}`],
  DescribeTags: [tags.describeTags, "ResourceArns"],
  DescribeTargetGroupAttributes: [attributes.describeTargetGroupAttributes, "TargetGroupArn"],
  DescribeTargetGroups: [groups.describeTargetGroups, `LoadBalancerArn TargetGroupArns Names ${paging}`],
  DescribeTargetHealth: [describeTargetHealth, "TargetGroupArn Targets"],
  ModifyCapacityReservation: [
    changes.modifyCapacityReservation,
    "LoadBalancerArn MinimumLoadBalancerCapacity ResetCapacityReservation",
  ],
  ModifyListener: [listeners.modifyListener, `ListenerArn ${listener}`],
  ModifyListenerAttributes: [attributes.modifyListenerAttributes, "ListenerArn Attributes"],
  ModifyLoadBalancerAttributes: [attributes.modifyLoadBalancerAttributes, "LoadBalancerArn Attributes"],
  ModifyTargetGroup: [groups.modifyTargetGroup, `TargetGroupArn ${healthCheck}`],
  ModifyTargetGroupAttributes: [attributes.modifyTargetGroupAttributes, "TargetGroupArn Attributes"],
  RegisterTargets: [targets.registerTargets, "TargetGroupArn Targets"],
  RemoveListenerCertificates: [certificates.removeListenerCertificates, "ListenerArn Certificates"],
  RemoveTags: [tags.removeTags, "ResourceArns TagKeys"],
  SetIpAddressType: [changes.setIpAddressType, "LoadBalancerArn IpAddressType"],
  SetSecurityGroups: [
    changes.setSecurityGroups,
    "LoadBalancerArn SecurityGroups EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
  ],
  SetSubnets: [changes.setSubnets, `LoadBalancerArn ${zones}`],
};

/** The operation of that name, if there is one; it refuses parameters that it does not take. */
export function elbOperation(name: string): ElbOperation | undefined {
  const found = known[name];
  if (found === undefined) return undefined;
  const [operation, parameters] = found;
  return (world, request) => {
    checkParameters(name, request, parameters.split(" "));
    return operation(world, request);
  };
}

function checkParameters(name: string, request: Fields, allowed: readonly string[]): void {
  for (const parameter of Object.keys(request))
    if (!allowed.includes(parameter))
      throw invalid(`${name} takes no parameter '${parameter}', or it is not simulated`);
}
