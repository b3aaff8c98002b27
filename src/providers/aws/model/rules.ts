/** How each kind of resource on AWS is compared, and which differences can't be made in place. */
import { canonical } from "../../../core/plan/json.ts";
import type {
  DesiredResource,
  Fields,
  Json,
  KindRules,
  ObservedResource,
  ReplaceMode,
} from "../../../core/plan/types.ts";
import { type Attributes, attributesToSet } from "./attributes.ts";
import { sameTags, type Tags } from "./marks.ts";
import {
  canonicalRules,
  canonicalTargets,
  type PinFields,
  type Rule,
  ruleKey,
  type Target,
  targetKey,
  type ZoneFields,
} from "./resources.ts";

type Change = ReturnType<KindRules["change"]>;
type Same = (desired: never, observed: never) => boolean;

const changes =
  (replace: readonly string[], ignore: readonly string[]) =>
  (field: string): Change =>
    replace.includes(field) ? "replace" : ignore.includes(field) ? "ignore" : "update";

const equals =
  (special: Readonly<Record<string, Same>>) =>
  (field: string, desired: Json, observed: Json): boolean =>
    special[field]?.(desired as never, observed as never) ?? canonical(desired) === canonical(observed);

const sameSet = (a: readonly Json[], b: readonly Json[]): boolean =>
  canonical(a.map(canonical).sort()) === canonical(b.map(canonical).sort());

const sameAttributes = (desired: Attributes, observed: Attributes): boolean =>
  Object.keys(attributesToSet(desired, observed)).length === 0;

/** An address that is not asked for any more is kept, for any will do; but an Elastic IP goes back to its owner. */
const samePin = (desired: PinFields, observed: PinFields): boolean =>
  (desired.subnet ?? observed.subnet) === observed.subnet &&
  desired.allocationId === observed.allocationId &&
  (desired.privateIPv4 ?? observed.privateIPv4) === observed.privateIPv4 &&
  (desired.ipv6 === undefined || observed.ipv6 === undefined || desired.ipv6 === observed.ipv6);

const samePins = (
  desired: Readonly<Record<string, PinFields>>,
  observed: Readonly<Record<string, PinFields>>,
): boolean =>
  Object.entries(desired).every(([zone, pin]) => {
    const there = observed[zone];
    return there === undefined || samePin(pin, there);
  });

/** The cloud shows which prefix it chose itself. */
const samePrefix = (desired: string | undefined, observed: string | undefined): boolean =>
  desired === undefined || desired === observed || (desired === "auto_assigned" && observed !== undefined);

const sameZones = (desired: readonly ZoneFields[], observed: readonly ZoneFields[]): boolean => {
  if (desired.every(({ only }) => only === "at-creation")) return true;
  const there = new Map(observed.map((zone) => [zone.zone, zone]));
  const wanted = desired.filter(({ zone, only }) => only !== "if-there" || there.has(zone));
  return (
    wanted.length === observed.length &&
    wanted.every(({ zone, ipv6, sourceNatPrefix }) => {
      const now = there.get(zone);
      return (
        now !== undefined &&
        (ipv6 === undefined || now.ipv6 !== undefined) &&
        samePrefix(sourceNatPrefix, now.sourceNatPrefix)
      );
    })
  );
};

const sameRules = (desired: readonly Rule[], observed: readonly Rule[]): boolean =>
  sameSet(canonicalRules(desired).map(ruleKey), canonicalRules(observed).map(ruleKey));

const sameTargets = (desired: readonly Target[], observed: readonly Target[]): boolean =>
  sameSet(canonicalTargets(desired).map(targetKey), canonicalTargets(observed).map(targetKey));

type Forward = {
  readonly targetGroups: readonly { readonly arn: Json; readonly weight: Json }[];
  readonly stickiness: boolean;
};

const sameForward = (desired: Forward, observed: Forward): boolean =>
  desired.stickiness === observed.stickiness && sameSet(desired.targetGroups, observed.targetGroups);

const tags = (desired: Tags, observed: Tags): boolean => sameTags(desired, observed);

/** A static address is of one load balancer at a time: where the new one needs one that the old one has, the old one goes first. */
const replaceLoadBalancer = (
  observed: Pick<ObservedResource, "fields">,
  desired: Pick<DesiredResource, "fields">,
): ReplaceMode => {
  const held = new Set(staticAddresses(observed.fields));
  return staticAddresses(desired.fields).some((address) => held.has(address))
    ? "delete-first"
    : "create-first";
};

function staticAddresses({ pins }: Fields): string[] {
  const zones = Object.values((pins ?? {}) as unknown as Readonly<Record<string, PinFields>>);
  const all = zones.flatMap(({ allocationId, privateIPv4, ipv6 }) => [allocationId, privateIPv4, ipv6]);
  return all.filter((address) => address !== undefined);
}

/** By kind. */
export const rules = {
  "load-balancer": {
    change: changes(["type", "scheme", "vpc", "pins", "hasSecurityGroups"], ["name"]),
    equal: equals({
      zones: sameZones,
      pins: samePins,
      securityGroups: sameSet,
      attributes: sameAttributes,
      tags,
    }),
    replace: replaceLoadBalancer,
    changesAddress: true,
    // Zones, groups and attributes are chosen for the scheme: on the one that waits they would cut off clients.
    heldWhole: true,
    order: 1,
  },
  "security-group": {
    change: changes(["vpc"], ["description"]),
    equal: equals({ ingress: sameRules, tags }),
    widen: (field, observed, desired) =>
      field === "ingress" ? canonicalRules([...asRules(desired), ...asRules(observed)]) : undefined,
    replace: "create-first",
    changesAddress: false,
  },
  "target-group": {
    change: changes(["protocol", "targetType", "vpc", "ipAddressType", "loadBalancer"], ["port"]),
    equal: equals({
      // One without the tag was never attached by us to anything else.
      loadBalancer: (desired: Json, observed: Json) => observed === "" || desired === observed,
      attributes: sameAttributes,
      tags,
    }),
    replace: "create-first",
    changesAddress: false,
    order: 2,
  },
  targets: {
    change: changes(["targetGroup"], []),
    equal: equals({ targets: sameTargets }),
    widen: (field, observed, desired) =>
      field === "targets" ? canonicalTargets([...asTargets(observed), ...asTargets(desired)]) : undefined,
    replace: "create-first",
    changesAddress: false,
    order: 3,
  },
  listener: {
    change: changes(["loadBalancer", "port"], []),
    equal: equals({ forward: sameForward, attributes: sameAttributes, tags }),
    replace: "create-first",
    changesAddress: false,
    order: 4,
  },
  "backend-security-group": {
    change: changes(["vpc"], ["description"]),
    equal: equals({ tags }),
    replace: "create-first",
    changesAddress: false,
  },
  "node-rule": {
    change: changes(["group", "protocol", "from", "to", "source"], ["description"]),
    replace: "create-first",
    changesAddress: false,
  },
} as const satisfies Record<string, KindRules>;

const asRules = (value: Json): readonly Rule[] => value as unknown as readonly Rule[];
const asTargets = (value: Json): readonly Target[] => value as unknown as readonly Target[];
