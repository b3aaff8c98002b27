/** Annotations that say which load balancer is wanted, and for whom. */
import { parseSourceRanges } from "../../../../core/translate/source-ranges.ts";
import {
  type AwsAnnotation,
  IN_PLACE,
  NLB_PREFIX,
  PREFIX,
  REPLACES_LOAD_BALANCER,
  REPLACES_TARGET_GROUPS,
  setting,
} from "../entry.ts";
import { awsServiceSettings } from "../service-settings.ts";
import { asMap, asNumber, asText, asWord, BOOLEAN_WANTED, parseBoolean, refused } from "../texts.ts";

const { shape } = awsServiceSettings;

export const TYPE_KEY = `${NLB_PREFIX}type`;

const SCHEMES: ReadonlyMap<string, "internal" | "external"> = new Map([
  ["internal", "internal"],
  ["internet-facing", "external"],
]);

/** Classes with `legacyInternalValues: Lenient` read it as the cloud controller did: only "false" is not internal. */
function parseInternal(
  text: string,
  { legacyInternalValues }: Readonly<Record<string, unknown>>,
): ReturnType<AwsAnnotation["parse"]> {
  const value = text.trim();
  if (value === "") return { ok: true, value: undefined };
  const known = parseBoolean(value);
  if (legacyInternalValues === "Lenient" && known !== true && value !== "false") {
    const note = "is taken as internal, for it has another value than false; write true or false";
    return { ok: true, value: "internal", note };
  }
  if (known === undefined)
    return refused(BOOLEAN_WANTED, "the class is strict about it: legacyInternalValues");
  return { ok: true, value: known ? "internal" : "external" };
}

export const KIND: readonly AwsAnnotation[] = [
  {
    key: TYPE_KEY,
    sets: "settings.targetType",
    value: "external, nlb-ip or nlb",
    parse: (text) => {
      const type = text.trim();
      if (type === "nlb-ip") return { ok: true, value: "ip" };
      if (["external", "nlb", ""].includes(type)) return { ok: true, value: undefined };
      return {
        ok: true,
        value: undefined,
        note: "has no effect with that value; a Network Load Balancer it is in any case",
      };
    },
    description:
      "Claims a Service that has no `spec.loadBalancerClass`, if `claimTypes` of a class lists the value. `nlb-ip` asks for ip targets as well, and wins over aws-load-balancer-nlb-target-type.",
    default: "claims nothing",
    onChange: "a Service stays with the class that claimed it; nlb-ip: as aws-load-balancer-nlb-target-type",
    differs:
      "The AWS Load Balancer Controller claims `nlb-ip`, and `external` with a target type; the cloud controller claims `nlb` and makes a Classic Load Balancer for all others.",
  },
  setting(
    `${NLB_PREFIX}nlb-target-type`,
    "settings.targetType",
    [
      (text) => (text.trim() === "ip" ? { ok: true, value: "ip" } : asWord("instance")(text)),
      shape.targetType,
    ],
    {
      value: "instance or ip (in small letters)",
      description: "What is registered: nodes at the node port (instance), or pods (ip).",
      default: "`targetType` of the class",
      onChange: REPLACES_TARGET_GROUPS,
      differs: "Others take every other value as instance, IP too; the cloud controller knows no ip targets.",
    },
  ),
  {
    key: `${NLB_PREFIX}scheme`,
    sets: "scheme",
    value: "internal or internet-facing",
    parse: (text) => {
      const scheme = SCHEMES.get(text.trim());
      return scheme === undefined ? refused("internal or internet-facing") : { ok: true, value: scheme };
    },
    description: "Who the load balancer is for. `fairlead.io/scheme` wins over it.",
    default: "`spec.defaults.scheme` of the class, which is internal unless the class says otherwise",
    onChange: REPLACES_LOAD_BALANCER,
    differs:
      "The AWS Load Balancer Controller keeps the scheme of a live load balancer when the annotation is taken off, and deletes the old load balancer before it makes the new one.",
    insteadUse: "fairlead.io/scheme",
  },
  {
    key: `${NLB_PREFIX}internal`,
    sets: "scheme",
    value: BOOLEAN_WANTED,
    parse: parseInternal,
    description:
      "true: internal. false: internet-facing. aws-load-balancer-scheme wins over it. What other values mean, the class says: `legacyInternalValues`. `Strict` (the default) refuses them; `Lenient` takes everything but `false` as internal, also `0` and `FALSE`, with a warning unless it is a way to write true.",
    default: "as without aws-load-balancer-scheme",
    onChange: REPLACES_LOAD_BALANCER,
    differs:
      "Without it the cloud controller makes the load balancer internet-facing, and every value but `false` makes it internal, `0.0.0.0/0` too. The AWS Load Balancer Controller reads booleans of Go (`0` and `FALSE` are false), refuses other values, and is internal by default.",
    insteadUse: "fairlead.io/scheme",
  },
  setting(`${NLB_PREFIX}name`, "settings.name", [asText, shape.name], {
    value: "1 to 32 letters, digits and '-', without '-' at the ends or internal- at the beginning",
    description:
      "The name of the load balancer. One name can't be had twice in a region, and what has it already is never taken over because of the name.",
    default: "made of the identity of the LoadBalancer",
    onChange: "counts for the next load balancer that is made; the one there is keeps its name",
    differs:
      "The AWS Load Balancer Controller checks the length only, and uses a load balancer that has the name, whoever it belongs to.",
  }),
  {
    key: `${PREFIX}load-balancer-source-ranges`,
    sets: "sourceRanges",
    maxLength: 65_536,
    value: "1 to 1024 CIDRs such as 192.0.2.0/24 or 2001:db8::/64, comma separated",
    parse: (text) => (text.trim() === "" ? { ok: true, value: undefined } : parseSourceRanges(text)),
    description: "The clients that are let in. `spec.loadBalancerSourceRanges` wins over it.",
    default: "`sourceRanges` of the class: for internal ones the ranges of the VPC, else everybody",
    onChange: IN_PLACE,
    differs:
      "The AWS Load Balancer Controller checks no syntax, and lets everybody in where nothing is said, for internal load balancers too.",
  },
  setting(`${NLB_PREFIX}additional-resource-tags`, "settings.tags", [asMap, shape.tags], {
    value: "key=value, comma separated: at most 40 tags",
    maxLength: 16_384,
    description:
      "Tags of the load balancer, its security group, listeners and target groups. `tags` of the class win; keys that say who owns a resource, and `externalManagedTags` of the class, are refused.",
    default: "`tags` of the class",
    onChange: IN_PLACE,
    differs: "Others remove tags that somebody else has put on; Fairlead removes only what it has set.",
  }),
  setting(
    `${NLB_PREFIX}minimum-load-balancer-capacity`,
    "settings.capacityUnits",
    [
      (text) => {
        const map = asMap(text);
        if (!map.ok || map.value === undefined) return map;
        const { CapacityUnits, ...others } = map.value as Record<string, string>;
        if (CapacityUnits === undefined || Object.keys(others).length > 0) return { ok: false };
        return asNumber(CapacityUnits);
      },
      shape.capacityUnits,
    ],
    {
      value: "CapacityUnits with a number, such as CapacityUnits=5500",
      description: "Load balancer capacity units to reserve. 0 gives the reservation up.",
      default: "0",
      onChange: IN_PLACE,
      differs: "Elsewhere a reservation stays when the annotation is taken off.",
    },
  ),
  setting(
    "fairlead.io/aws-drain-before-delete",
    "settings.drainBeforeDeleteSeconds",
    [asNumber, shape.drainBeforeDeleteSeconds],
    {
      value: "a whole number of seconds from 0 to 3600",
      description:
        "Before the load balancer is deleted, its targets are deregistered and connections get that long to end.",
      default: "`drainBeforeDeleteSeconds` of the class, which is 0",
      onChange: IN_PLACE,
      differs: "Others have no such thing: the load balancer goes first, with all its connections.",
    },
  ),
];
