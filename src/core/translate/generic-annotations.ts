/** The annotations that mean the same with every provider. */
import { annotations, group } from "../../api/names.ts";
import { formatAddress, parseAddress } from "../ip/address.ts";
import type { AnnotationTable, Parsed } from "./annotations.ts";
import { LONGEST_CLOUD_ID, parseCloudId, parseRelease } from "./handover.ts";

export type FrontendName = "internal" | "external";

/** Reads one address, or one of each family, comma separated. The result is canonical text (RFC 5952). */
export function parseAddresses(value: string): Parsed<string[]> {
  const wanted = "one address, or one IPv4 and one IPv6 address, comma separated";
  const texts = value.split(",").map((text) => text.trim());
  if (texts.length > 2) return { ok: false, wanted };
  const addresses: string[] = [];
  const families = new Set<string>();
  for (const text of texts) {
    const parsed = parseAddress(text);
    if (!parsed.ok) return { ok: false, wanted, why: withoutLead(parsed.message) };
    if (families.has(parsed.address.family))
      return { ok: false, wanted, why: `two are ${parsed.address.family}` };
    families.add(parsed.address.family);
    addresses.push(formatAddress(parsed.address));
  }
  return { ok: true, value: addresses };
}

/** The part of a message after "Cannot use <value>: ", which is said already. */
function withoutLead(message: string): string {
  return message.replace(/^Cannot use ("([^"\\]|\\.)*"(… \(\d+ characters\))?|\S+): /, "");
}

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** Reads the name of a cluster-scoped object of ours. */
function parseObjectName(value: string): Parsed<string> {
  const name = value.trim();
  return NAME.test(name)
    ? { ok: true, value: name }
    : { ok: false, wanted: "the name of an object: lower-case letters, digits, '-' and '.'" };
}

/** Reads a sharing key: any printable text of 1 to 128 characters without spaces at its ends. */
function parseSharingKey(value: string): Parsed<string> {
  const key = value.trim();
  const printable = /^[\p{L}\p{N}\p{P}\p{S} ]{1,128}$/u.test(key) && key.isWellFormed();
  return printable ? { ok: true, value: key } : { ok: false, wanted: "1 to 128 printable characters" };
}

function parseScheme(value: string): Parsed<FrontendName> {
  const scheme = value.trim();
  return scheme === "internal" || scheme === "external"
    ? { ok: true, value: scheme }
    : { ok: false, wanted: "internal or external" };
}

function parseFrontends(value: string): Parsed<FrontendName[]> {
  const names = value.split(",").map((name) => name.trim());
  const wanted = "internal, external, or internal,external";
  if (names.length > 2 || new Set(names).size !== names.length) return { ok: false, wanted };
  const frontends = names.filter((name) => name === "internal" || name === "external");
  return frontends.length === names.length ? { ok: true, value: frontends } : { ok: false, wanted };
}

const GROUP = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function parseGroup(value: string): Parsed<string> {
  const name = value.trim();
  return GROUP.test(name)
    ? { ok: true, value: name }
    : { ok: false, wanted: "a name of 1 to 63 lower-case letters, digits and '-', such as front-door" };
}

export const GENERIC_ANNOTATIONS: AnnotationTable = {
  prefixes: [`${group}/`],
  entries: [
    {
      key: annotations.scheme,
      sets: "scheme",
      parse: parseScheme,
      description: "Who the load balancer is for: internal (inside the network) or external (public).",
      default: "spec.defaults.scheme of the class",
      onChange:
        "the class's policy is asked again; a provider for which this is another load balancer replaces it",
    },
    {
      key: annotations.frontends,
      sets: "frontends",
      parse: parseFrontends,
      description:
        "The frontends of this Service, each a load balancer of its own: internal, external or both, comma separated. With two, write other annotations as <key>.internal and <key>.external where they differ.",
      default: "spec.defaults.frontends of the class, else one frontend of the scheme",
      onChange: "frontends are added or removed; one that stays keeps its address",
    },
    {
      key: annotations.addresses,
      sets: "addresses",
      parse: parseAddresses,
      description:
        "The address to have: one, or one IPv4 and one IPv6 address, comma separated. A family not named is chosen automatically.",
      default: "spec.loadBalancerIP, else chosen automatically",
      onChange: "moves to the new address once it can be had; until then the held one stays",
    },
    {
      key: annotations.addressPool,
      sets: "pool",
      parse: parseObjectName,
      description: "The pool to take the address from.",
      default: "chosen by the order of pools",
      onChange: "moves to an address of that pool once one can be had; until then the held one stays",
    },
    {
      key: annotations.allowSharedIP,
      sets: "sharingKey",
      parse: parseSharingKey,
      description:
        "Services of one namespace with the same key may share an address, as long as their ports differ and their traffic policies fit (Cluster with Cluster; Local with Local and the same selector).",
      default: "not shared",
      onChange:
        "the held address stays; if it is shared and the key no longer fits, the load balancer is Degraded",
    },
    {
      key: annotations.group,
      sets: "group",
      parse: parseGroup,
      description:
        "Services of one namespace with the same group share one load balancer, each with ports of its own. What concerns the load balancer as a whole is told by the one that leads: status.leads of its LoadBalancer.",
      default: "a load balancer of its own",
      onChange: "moves to the load balancer of the group, which has another address",
    },
    {
      key: annotations.adopt,
      sets: "adopt",
      parse: parseCloudId,
      maxLength: LONGEST_CLOUD_ID,
      description:
        "The cloud id of a load balancer to take over instead of making one. The class has to allow it in spec.policy.adoption, and what another cluster or Service marked is never taken.",
      default: "a load balancer is made",
      onChange: "once it is taken over, nothing; take it off or leave it",
    },
    {
      key: annotations.release,
      sets: "release",
      parse: parseRelease,
      maxLength: LONGEST_CLOUD_ID,
      description:
        "true, or the cloud id of the load balancer as status.resources shows it: Fairlead takes its mark off and changes nothing any more. The load balancer stays in the cloud.",
      default: "false",
      onChange: "taken off, a load balancer is made again",
    },
    {
      key: annotations.acknowledgeReplacement,
      sets: "none",
      parse: (value) => ({ ok: true, value }),
      description: "Agrees to the replacement whose id the condition ReplacementNotAcknowledged shows.",
      default: "a replacement that may change the address waits",
      onChange: "the replacement with that id is carried out",
    },
  ],
};
