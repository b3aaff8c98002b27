/**
 * All that is used of the AWS SDK: nothing else loads it, and this file is loaded by `await import()` only, for it costs tens of
 * megabytes. The names are those of IAM too (`elasticloadbalancing:CreateListener`, `ec2:DescribeVpcs`).
 */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DeleteTagsCommand,
  DescribeInstancesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
  RevokeSecurityGroupIngressCommand,
  UpdateSecurityGroupRuleDescriptionsIngressCommand,
} from "@aws-sdk/client-ec2";
import {
  AddListenerCertificatesCommand,
  AddTagsCommand,
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteListenerCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeCapacityReservationCommand,
  DescribeListenerAttributesCommand,
  DescribeListenerCertificatesCommand,
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyCapacityReservationCommand,
  ModifyListenerAttributesCommand,
  ModifyListenerCommand,
  ModifyLoadBalancerAttributesCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  RegisterTargetsCommand,
  RemoveListenerCertificatesCommand,
  RemoveTagsCommand,
  SetIpAddressTypeCommand,
  SetSecurityGroupsCommand,
  SetSubnetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";

export const ec2 = {
  client: EC2Client,
  commands: {
    AuthorizeSecurityGroupIngress: AuthorizeSecurityGroupIngressCommand,
    CreateSecurityGroup: CreateSecurityGroupCommand,
    CreateTags: CreateTagsCommand,
    DeleteSecurityGroup: DeleteSecurityGroupCommand,
    DeleteTags: DeleteTagsCommand,
    DescribeInstances: DescribeInstancesCommand,
    DescribeRouteTables: DescribeRouteTablesCommand,
    DescribeSecurityGroups: DescribeSecurityGroupsCommand,
    DescribeSubnets: DescribeSubnetsCommand,
    DescribeVpcs: DescribeVpcsCommand,
    RevokeSecurityGroupIngress: RevokeSecurityGroupIngressCommand,
    UpdateSecurityGroupRuleDescriptionsIngress: UpdateSecurityGroupRuleDescriptionsIngressCommand,
  },
};

export const elasticloadbalancing = {
  client: ElasticLoadBalancingV2Client,
  commands: {
    AddListenerCertificates: AddListenerCertificatesCommand,
    AddTags: AddTagsCommand,
    CreateListener: CreateListenerCommand,
    CreateLoadBalancer: CreateLoadBalancerCommand,
    CreateTargetGroup: CreateTargetGroupCommand,
    DeleteListener: DeleteListenerCommand,
    DeleteLoadBalancer: DeleteLoadBalancerCommand,
    DeleteTargetGroup: DeleteTargetGroupCommand,
    DeregisterTargets: DeregisterTargetsCommand,
    DescribeCapacityReservation: DescribeCapacityReservationCommand,
    DescribeListenerAttributes: DescribeListenerAttributesCommand,
    DescribeListenerCertificates: DescribeListenerCertificatesCommand,
    DescribeListeners: DescribeListenersCommand,
    DescribeLoadBalancerAttributes: DescribeLoadBalancerAttributesCommand,
    DescribeLoadBalancers: DescribeLoadBalancersCommand,
    DescribeTags: DescribeTagsCommand,
    DescribeTargetGroupAttributes: DescribeTargetGroupAttributesCommand,
    DescribeTargetGroups: DescribeTargetGroupsCommand,
    DescribeTargetHealth: DescribeTargetHealthCommand,
    ModifyCapacityReservation: ModifyCapacityReservationCommand,
    ModifyListenerAttributes: ModifyListenerAttributesCommand,
    ModifyListener: ModifyListenerCommand,
    ModifyLoadBalancerAttributes: ModifyLoadBalancerAttributesCommand,
    ModifyTargetGroupAttributes: ModifyTargetGroupAttributesCommand,
    ModifyTargetGroup: ModifyTargetGroupCommand,
    RegisterTargets: RegisterTargetsCommand,
    RemoveListenerCertificates: RemoveListenerCertificatesCommand,
    RemoveTags: RemoveTagsCommand,
    SetIpAddressType: SetIpAddressTypeCommand,
    SetSecurityGroups: SetSecurityGroupsCommand,
    SetSubnets: SetSubnetsCommand,
  },
};

type Commands = typeof ec2.commands & typeof elasticloadbalancing.commands;

export type AwsOperation = keyof Commands;
export type ReadOperation = Extract<AwsOperation, `Describe${string}`>;
export type WriteOperation = Exclude<AwsOperation, ReadOperation>;

type Exchange<Operation extends AwsOperation> = InstanceType<Commands[Operation]>;
export type Input<Operation extends AwsOperation> = Exchange<Operation>["input"];
export type Output<Operation extends AwsOperation> =
  Exchange<Operation> extends {
    resolveMiddleware(...args: never[]): (...args: never[]) => Promise<infer Answer>;
  }
    ? Answer extends { output: infer Result }
      ? Result
      : never
    : never;
