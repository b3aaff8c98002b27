/** Annotations about subnets, addresses and security groups. */
import { type AwsAnnotation, IN_PLACE, NLB_PREFIX, REPLACES_LOAD_BALANCER, setting } from "../entry.ts";
import { awsServiceSettings } from "../service-settings.ts";
import { asBoolean, asList, asSwitch, asWord, BOOLEAN_WANTED } from "../texts.ts";

const { shape } = awsServiceSettings;

const PINNED = `${REPLACES_LOAD_BALANCER}, for AWS gives addresses to a subnet when it is added and never after`;
const NOT_APPLIED =
  "The AWS Load Balancer Controller does not apply an edit while the subnets stay the same.";

export const NETWORK: readonly AwsAnnotation[] = [
  setting(
    `${NLB_PREFIX}ip-address-type`,
    "settings.ipAddressType",
    [asWord("ipv4", "dualstack"), shape.ipAddressType],
    {
      value: "ipv4 or dualstack",
      description:
        "dualstack needs an IPv6 range on every subnet. Targets have the first IP family of the Service, whatever this says.",
      default: "dualstack if IPv6 is among `spec.ipFamilies` of the Service, else ipv4",
      onChange: IN_PLACE,
      differs:
        "The AWS Load Balancer Controller takes ipv4 where nothing is said, and refuses IPv6 Services then.",
    },
  ),
  setting(`${NLB_PREFIX}subnets`, "settings.subnets", [asList, shape.subnets], {
    value: "ids of subnets, or values of their tag Name, comma separated",
    maxLength: 8192,
    description:
      "The subnets to be in: one in each zone, all of one kind of zone. The order counts for addresses given by order.",
    default:
      "`subnets` of the class, else found by the tags `kubernetes.io/role/internal-elb` and `kubernetes.io/role/elb`, else by their routes",
    onChange:
      "zones are added and left in place; another subnet in a zone that stays is another load balancer, which waits for `fairlead.io/acknowledge-replacement`",
    differs:
      "The AWS Load Balancer Controller never looks for subnets again once the load balancer exists, and fails on another subnet in a zone.",
  }),
  setting(`${NLB_PREFIX}eip-allocations`, "settings.eipAllocations", [asList, shape.eipAllocations], {
    value: "ids such as eipalloc-0a1b2c3d, comma separated: one for each subnet, in their order",
    description: "Elastic IPs. For internet-facing load balancers only.",
    default: "addresses of AWS's choice",
    onChange: PINNED,
    differs: NOT_APPLIED,
  }),
  setting(
    `${NLB_PREFIX}private-ipv4-addresses`,
    "settings.privateIPv4Addresses",
    [asList, shape.privateIPv4Addresses],
    {
      value: "IPv4 addresses, comma separated: one within each subnet",
      description: "Fixed addresses. For internal load balancers only.",
      default: "addresses of AWS's choice",
      onChange: PINNED,
      differs: NOT_APPLIED,
    },
  ),
  setting(`${NLB_PREFIX}ipv6-addresses`, "settings.ipv6Addresses", [asList, shape.ipv6Addresses], {
    value: "IPv6 addresses, comma separated: one within each subnet",
    maxLength: 2048,
    description: "Fixed addresses. For dual-stack load balancers only.",
    default: "addresses of AWS's choice",
    onChange: PINNED,
    differs: NOT_APPLIED,
  }),
  setting(
    `${NLB_PREFIX}enable-prefix-for-ipv6-source-nat`,
    "settings.sourceNat",
    [asSwitch((on) => (on ? "on" : "off")), shape.sourceNat],
    {
      value: "on or off",
      description:
        "Connections to targets get source addresses out of an IPv6 prefix of each subnet. UDP ports of a dual-stack load balancer need it.",
      default: "off",
      onChange: "changed in place; AWS does not turn it off while there is a UDP listener",
    },
  ),
  setting(
    `${NLB_PREFIX}source-nat-ipv6-prefixes`,
    "settings.sourceNatPrefixes",
    [asList, shape.sourceNatPrefixes],
    {
      value:
        "auto_assigned or IPv6 prefixes with length 80, comma separated: one for each subnet, in their order",
      maxLength: 2048,
      description: "The prefixes. Only with aws-load-balancer-enable-prefix-for-ipv6-source-nat: on.",
      default: "auto_assigned",
      onChange: "changed in place; AWS refuses it while there is a UDP listener",
    },
  ),
  setting(`${NLB_PREFIX}security-groups`, "settings.securityGroups", [asList, shape.securityGroups], {
    value: "ids of security groups, or values of their tag Name, comma separated",
    maxLength: 4096,
    description:
      "Instead of the security group that Fairlead makes: source ranges and prefix lists have no effect then, and the groups of the targets are opened only where aws-load-balancer-manage-backend-security-group-rules says so.",
    default: "one is made for the load balancer",
    onChange: "changed in place, unless it has none at all: then as aws-load-balancer-disable-nlb-sg",
    differs:
      "The cloud controller knows it for Network Load Balancers only with `NLBSecurityGroupMode: Managed`.",
  }),
  setting(
    `${NLB_PREFIX}manage-backend-security-group-rules`,
    "settings.manageBackendSecurityGroupRules",
    [asBoolean, shape.manageBackendSecurityGroupRules],
    {
      value: BOOLEAN_WANTED,
      description: "Whether the security groups of the targets are opened to the load balancer.",
      default:
        "`manageNodeSecurityGroupRules` of the class, which is true; false with aws-load-balancer-security-groups",
      onChange: IN_PLACE,
      differs:
        "The AWS Load Balancer Controller ignores it where the load balancer has its own security group.",
    },
  ),
  setting(
    `${NLB_PREFIX}disable-nlb-sg`,
    "settings.disableSecurityGroups",
    [asBoolean, shape.disableSecurityGroups],
    {
      value: BOOLEAN_WANTED,
      description:
        "true: the load balancer has no security group; targets are opened to the source ranges instead.",
      default: "false",
      onChange: `${REPLACES_LOAD_BALANCER}, for AWS can't change it`,
      differs:
        "The AWS Load Balancer Controller looks at it when it makes the load balancer, and fails later.",
    },
  ),
  setting(
    `${NLB_PREFIX}inbound-sg-rules-on-private-link-traffic`,
    "settings.enforceInboundOnPrivateLink",
    [asSwitch((on) => (on ? "on" : "off")), shape.enforceInboundOnPrivateLink],
    {
      value: "on or off",
      description:
        "Whether security groups are asked about traffic that comes by PrivateLink. Needs a load balancer with security groups.",
      default: "on, as AWS has it",
      onChange: IN_PLACE,
      differs:
        "The AWS Load Balancer Controller never finishes where the load balancer has no security group, and leaves the value as it is when the annotation is taken off.",
    },
  ),
  setting(`${NLB_PREFIX}security-group-prefix-lists`, "settings.prefixLists", [asList, shape.prefixLists], {
    value: "ids such as pl-0a1b2c3d, comma separated",
    description: "Prefix lists that are let in. Without source ranges, nobody else is.",
    default: "none",
    onChange: IN_PLACE,
  }),
  setting(
    `${NLB_PREFIX}enable-icmp-for-path-mtu-discovery`,
    "settings.icmpPathMtu",
    [asSwitch((on) => on), shape.icmpPathMtu],
    {
      value: "on or off",
      description: "Whether the clients that are let in may send the ICMP messages of path MTU discovery.",
      default: "off",
      onChange: IN_PLACE,
      differs: "The AWS Load Balancer Controller takes every other value as off.",
    },
  ),
];
