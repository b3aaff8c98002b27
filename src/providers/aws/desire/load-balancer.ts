/** The load balancer itself and the security group in front of it. */
import { reference, sharedReference } from "../../../core/plan/reference.ts";
import type { DesiredResource } from "../../../core/plan/types.ts";
import { type Attributes, deletionProtection, loadBalancerDefaults } from "../model/attributes.ts";
import type { AwsFacts } from "../model/facts.ts";
import { markKeys, type Tags } from "../model/marks.ts";
import {
  asFields,
  type CloudId,
  kinds,
  type LoadBalancerFields,
  networkKey,
  type SecurityGroupFields,
} from "../model/resources.ts";
import type { Whole } from "./deliberate.ts";
import type { Served } from "./ports-of-members.ts";
import { ingressOf } from "./security-groups.ts";
import type { View } from "./view.ts";

export interface WholeInput {
  readonly whole: Whole;
  readonly served: readonly Served[];
  readonly facts: AwsFacts;
  /** The tags of a resource that serves all members, marks included. */
  readonly tags: (resource: string) => Tags;
}

export function wholeResources(input: WholeInput): DesiredResource[] {
  const { whole, served, facts, tags } = input;
  const members = served.map(({ view }) => view.uid);
  const { adopt } = whole.leader.spec;
  const balancer: DesiredResource = {
    id: "load-balancer",
    kind: kinds.loadBalancer,
    fields: asFields(balancerFields(input)),
    dependsOn: [],
    members,
    note: `serves ${served.map(({ view }) => view.member.key).join(", ")}`,
    ...(adopt === undefined ? {} : { adopt }),
  };
  if (whole.groups.mode !== "managed") return [balancer];
  const id = groupId(whole);
  const group: SecurityGroupFields = {
    description: "Fairlead: clients of a load balancer",
    vpc: facts.vpc.id,
    ingress: ingressOf(served, facts, whole.addressType),
    tags: tags(id),
  };
  return [{ id, kind: kinds.securityGroup, fields: asFields(group), dependsOn: [], members }, balancer];
}

/** What is adopted keeps what nobody asks to be otherwise. */
type BalancerWishes = {
  readonly [K in keyof LoadBalancerFields]: LoadBalancerFields[K] | undefined;
};

function balancerFields({ whole, facts, tags }: WholeInput): BalancerWishes {
  const { leader } = whole;
  const { settings, spec } = leader;
  const isOurs = spec.adopt === undefined;
  const isSaid = (setting: string): boolean => isOurs || spec.settings?.[setting] !== undefined;
  const securityGroups = groupsOf(whole, facts);
  const needsDual = spec.ipFamilies[0] === "IPv6";
  const attributes = attributesOf(leader);
  const protection = attributes[deletionProtection] === "true" ? { [markKeys.protection]: "on" } : {};
  return {
    type: "network",
    name: settings.name,
    scheme: leader.scheme,
    vpc: facts.vpc.id,
    ipAddressType: isSaid("ipAddressType") || needsDual ? whole.addressType : undefined,
    zones: whole.zones,
    pins: whole.pins,
    hasSecurityGroups: securityGroups.length > 0,
    securityGroups,
    privateLinkRules:
      securityGroups.length === 0
        ? null
        : isSaid("enforceInboundOnPrivateLink")
          ? (settings.enforceInboundOnPrivateLink ?? "on")
          : undefined,
    sourceNat: isSaid("sourceNat") ? settings.sourceNat : undefined,
    attributes,
    minimumCapacity: isSaid("capacityUnits") ? (settings.capacityUnits ?? 0) : undefined,
    tags: { ...tags("load-balancer"), ...protection },
  };
}

function attributesOf({ settings, scheme, spec }: View): Attributes {
  const usual = spec.adopt === undefined ? loadBalancerDefaults(scheme) : {};
  return { ...usual, ...settings.attributes };
}

function groupId({ leader }: Whole): string {
  return `security-group/${leader.scheme}`;
}

function groupsOf(whole: Whole, { region, vpc }: AwsFacts): CloudId[] {
  const { groups } = whole;
  if (groups.mode === "none") return [];
  const own = groups.mode === "managed" ? [reference(groupId(whole))] : groups.ids;
  const backend = sharedReference(networkKey(region, vpc.id), "backend-security-group");
  return groups.backend ? [...own, backend] : [...own];
}
