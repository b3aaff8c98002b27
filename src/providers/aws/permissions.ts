/**
 * What the identity of the controller has to be allowed in AWS: one entry for each operation that is used, and the IAM policies made of them.
 * Pure; the policies in docs/aws are written from here.
 *
 * Sources: "Actions, resources, and condition keys" for Elastic Load Balancing V2 and for Amazon EC2 in the Service Authorization Reference,
 * and "Elastic Load Balancing API permissions" in the Elastic Load Balancing User Guide.
 */
import { markKeys } from "./model/marks.ts";
import type { AwsOperation } from "./sdk.ts";

type Service = "ec2" | "elasticloadbalancing";

/**
 * On what an operation is allowed:
 *
 * - read: on everything, for AWS knows no narrower permission to list.
 * - create: only with our mark among the tags of the request.
 * - create-under: the same, and on a load balancer that has our mark.
 * - marked: only on what has our mark.
 * - node-groups: on security groups of others too, those of the nodes and pods.
 */
export type PermissionScope = "read" | "create" | "create-under" | "marked" | "node-groups";

export interface Permission {
  readonly service: Service;
  readonly scope: PermissionScope;
  readonly what: string;
}

const elb = (scope: PermissionScope, what: string): Permission => ({
  service: "elasticloadbalancing",
  scope,
  what,
});
const ec2 = (scope: PermissionScope, what: string): Permission => ({ service: "ec2", scope, what });

/** By operation, which is the name of the IAM action too. */
export const permissions = {
  DescribeInstances: ec2("read", "VPC and security groups of the nodes"),
  DescribeRouteTables: ec2("read", "which subnets lead to the internet, where tags do not say so"),
  DescribeSecurityGroups: ec2("read", "security groups and their rules"),
  DescribeSubnets: ec2("read", "where load balancers can stand"),
  DescribeVpcs: ec2("read", "the ranges of the VPC"),
  DescribeCapacityReservation: elb("read", "capacity that was reserved"),
  DescribeListenerAttributes: elb("read", "comparing with what is wanted"),
  DescribeListenerCertificates: elb("read", "comparing with what is wanted"),
  DescribeListeners: elb("read", "comparing with what is wanted"),
  DescribeLoadBalancerAttributes: elb("read", "comparing with what is wanted; deletion protection"),
  DescribeLoadBalancers: elb("read", "finding what is ours; state and addresses"),
  DescribeTags: elb("read", "finding what is ours"),
  DescribeTargetGroupAttributes: elb("read", "comparing with what is wanted"),
  DescribeTargetGroups: elb("read", "finding what is ours"),
  DescribeTargetHealth: elb("read", "who is registered; draining; readiness gates"),
  CreateSecurityGroup: ec2("create", "the groups of load balancers"),
  CreateLoadBalancer: elb("create", "load balancers"),
  CreateTargetGroup: elb("create", "target groups"),
  CreateListener: elb("create-under", "listeners"),
  AddTags: elb("marked", "tags that were edited; marks, in creating calls"),
  RemoveTags: elb("marked", "tags that were edited; release"),
  AddListenerCertificates: elb("marked", "more certificates of a TLS listener"),
  RemoveListenerCertificates: elb("marked", "more certificates of a TLS listener"),
  ModifyListener: elb("marked", "protocol, certificate, policies, weights"),
  ModifyListenerAttributes: elb("marked", "listener attributes"),
  DeleteListener: elb("marked", "ports that went"),
  ModifyLoadBalancerAttributes: elb("marked", "load balancer attributes"),
  ModifyCapacityReservation: elb("marked", "reserved capacity"),
  SetIpAddressType: elb("marked", "ipv4 to dualstack and back"),
  SetSecurityGroups: elb("marked", "security groups of a load balancer; PrivateLink"),
  SetSubnets: elb("marked", "zones"),
  DeleteLoadBalancer: elb("marked", "load balancers that nobody wants any more"),
  ModifyTargetGroup: elb("marked", "health checks"),
  ModifyTargetGroupAttributes: elb("marked", "target group attributes"),
  RegisterTargets: elb("marked", "nodes or pods that came"),
  DeregisterTargets: elb("marked", "nodes or pods that went"),
  DeleteTargetGroup: elb("marked", "target groups that nobody wants any more"),
  CreateTags: ec2("marked", "tags of security groups that were edited; marks, in the creating call"),
  DeleteTags: ec2("marked", "tags of security groups that were edited; release"),
  DeleteSecurityGroup: ec2("marked", "groups that nobody wants any more"),
  AuthorizeSecurityGroupIngress: ec2(
    "node-groups",
    "clients at the load balancer, the load balancer at the nodes",
  ),
  RevokeSecurityGroupIngress: ec2("node-groups", "the same, when it went"),
  UpdateSecurityGroupRuleDescriptionsIngress: ec2("node-groups", "release: rules of the nodes lose the mark"),
} as const satisfies Record<AwsOperation, Permission>;

/** What Elastic Load Balancing asks of the caller's permissions when it makes or changes a load balancer; we never call these. */
const askedByElb = ["DescribeAccountAttributes", "DescribeAddresses", "DescribeInternetGateways"];

export interface IamStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface IamPolicy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly IamStatement[];
}

const requested = `aws:RequestTag/${markKeys.cluster}`;
const carried = `aws:ResourceTag/${markKeys.cluster}`;
/** IAM's way to say "is there": it is not null. */
const isThere = (...keys: readonly string[]) => ({
  Null: Object.fromEntries(keys.map((key) => [key, "false"])),
});

/** All that the controller does, but for adoption. */
export function controllerPolicy(): IamPolicy {
  const created = (service: Service) => operationsOf(service, ["create", "create-under"]);
  return policy(
    reads(askedByElb),
    allow("FirstLoadBalancerOfTheAccount", ["iam:CreateServiceLinkedRole"], {
      StringEquals: { "iam:AWSServiceName": "elasticloadbalancing.amazonaws.com" },
    }),
    allow("CreateMarked", actionsOf("elasticloadbalancing", ["create"]), isThere(requested)),
    allow(
      "CreateUnderMarked",
      actionsOf("elasticloadbalancing", ["create-under"]),
      isThere(requested, carried),
    ),
    allow("MarkWhatIsCreated", ["elasticloadbalancing:AddTags"], {
      StringEquals: { "elasticloadbalancing:CreateAction": created("elasticloadbalancing") },
      ...isThere(requested),
    }),
    {
      ...allow("CreateMarkedSecurityGroups", actionsOf("ec2", ["create"]), isThere(requested)),
      Resource: "arn:aws:ec2:*:*:security-group/*",
    },
    // The VPC is a resource of that call as well, and gets no tags by it.
    {
      ...allow("CreateSecurityGroupsInVpc", actionsOf("ec2", ["create"])),
      Resource: "arn:aws:ec2:*:*:vpc/*",
    },
    allow("MarkSecurityGroupsThatAreCreated", ["ec2:CreateTags"], {
      StringEquals: { "ec2:CreateAction": created("ec2") },
      ...isThere(requested),
    }),
    allow(
      "ChangeMarked",
      [...actionsOf("ec2", ["marked"]), ...actionsOf("elasticloadbalancing", ["marked"])],
      isThere(carried),
    ),
    allow("RulesOfSecurityGroups", actionsOf("ec2", ["node-groups"])),
  );
}

/** What taking over needs besides: the mark is put on what does not have it. */
export function adoptionPolicy(): IamPolicy {
  return policy(allow("MarkWhatIsAdopted", ["elasticloadbalancing:AddTags"], isThere(requested)));
}

/** What looking needs. */
export function readOnlyPolicy(): IamPolicy {
  return policy(reads([]));
}

function policy(...Statement: readonly IamStatement[]): IamPolicy {
  return { Version: "2012-10-17", Statement };
}

function allow(Sid: string, Action: readonly string[], Condition?: IamStatement["Condition"]): IamStatement {
  return { Sid, Effect: "Allow", Action, Resource: "*", ...(Condition === undefined ? {} : { Condition }) };
}

function reads(besides: readonly string[]): IamStatement {
  const ofEc2 = [...operationsOf("ec2", ["read"]), ...besides].sort().map((operation) => `ec2:${operation}`);
  return allow("Read", [...ofEc2, ...actionsOf("elasticloadbalancing", ["read"])]);
}

function actionsOf(service: Service, scopes: readonly PermissionScope[]): string[] {
  return operationsOf(service, scopes).map((operation) => `${service}:${operation}`);
}

function operationsOf(service: Service, scopes: readonly PermissionScope[]): string[] {
  const all: [string, Permission][] = Object.entries(permissions);
  return all
    .filter(([, permission]) => permission.service === service && scopes.includes(permission.scope))
    .map(([operation]) => operation)
    .sort();
}
