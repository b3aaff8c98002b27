/** The operations of EC2 that are corrected; all others are moto's. */
import type { Ec2Operation } from "../state.ts";
import * as groups from "./security-groups.ts";
import { describeSubnets } from "./subnets.ts";

const corrected: Readonly<Record<string, Ec2Operation>> = {
  AuthorizeSecurityGroupIngress: groups.authorizeIngress,
  CreateSecurityGroup: groups.createSecurityGroup,
  DeleteSecurityGroup: groups.deleteSecurityGroup,
  DescribeSecurityGroups: groups.describeSecurityGroups,
  DescribeSubnets: describeSubnets,
  DescribeVpcs: describeSubnets,
  UpdateSecurityGroupRuleDescriptionsIngress: groups.updateIngressDescriptions,
  RevokeSecurityGroupIngress: groups.revokeIngress,
};

export function ec2Operation(name: string): Ec2Operation | undefined {
  return corrected[name];
}
