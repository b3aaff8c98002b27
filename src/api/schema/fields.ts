/** The field types that our kinds share: names, addresses, selectors, conditions, the frame of an object. */

import { z } from "zod";
import { familyOf, isAscending, isCidr, rangeEnds } from "./address-text.ts";
import { asMap, asSet, withMaxProperties, withRules } from "./rules.ts";

const subdomain = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
const label = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
const qualifiedName = `^(${subdomain.slice(1, -1)}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`;
const labelValuePattern = "^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$";

function matching(pattern: string, maxLength: number, message: string) {
  const expression = new RegExp(pattern);
  return withRules(z.string().max(maxLength), {
    cel: `self.matches('${pattern}')`,
    message,
    holds: (text) => expression.test(text),
  });
}

const lowerCaseName = "must be a name of lower-case letters, digits, '-' and '.', such as 'edge'";

/** The name of an object of ours that is not a class. */
export const objectName = matching(subdomain, 253, lowerCaseName);

/** The name of a LoadBalancerClass: short enough to stand in `spec.loadBalancerClass` of a Service. */
export const className = matching(subdomain, 63, lowerCaseName);

/** The name of a namespace, a Service or a port. */
export const dnsLabel = matching(
  label,
  63,
  "must be a name of lower-case letters, digits and '-', such as 'web'",
);

/** `name` or `domain/name`, as Kubernetes wants it for label keys and load balancer classes. */
export function prefixedName(example: string) {
  return matching(
    qualifiedName,
    317,
    `must be a name such as '${example}', or one with a domain before it, such as 'example.com/${example}'`,
  );
}

/** `name` or `domain/name` in lower case. */
export const providerName = matching(
  `^(${subdomain.slice(1, -1)}/)?${label.slice(1)}`,
  317,
  "must be the name of a provider, such as 'bare-metal', or one with a domain before it, such as 'example.com/lab'",
);

/** CamelCase, as reasons of conditions are. */
export const reasonWord = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/, "must be a CamelCase word");

/** The name of a network interface or a VRF, as Linux lets it be. */
export const interfaceName = z
  .string()
  .min(1)
  .max(15)
  .regex(/^[^\s/:]+$/, "must be the name of an interface: no spaces, '/' or ':'");

/** How an address is made reachable on layer 2. */
export const layer2Mode = z.enum(["Respond", "Bind"]);

export const family = z.enum(["IPv4", "IPv6"]);
export const protocol = z.enum(["TCP", "UDP", "SCTP"]);
export const scheme = z.enum(["internal", "external"]);
export const port = z.int().min(1).max(65535).meta({ format: "int32" });

/** A count that never comes near the limits of a JavaScript number, or stops at them. */
export const count = z.int().min(0).meta({ format: "int64" });

/** A single IPv4 or IPv6 address. */
export const address = withRules(z.string().max(45), {
  cel: "isIP(self)",
  message: "must be an IP address such as 192.0.2.10 or 2001:db8::10",
  holds: (text) => familyOf(text) !== undefined,
});

/** A CIDR; bits beyond the prefix length are ignored. */
export const cidr = withRules(z.string().max(49), {
  cel: "isCIDR(self)",
  message: "must be a CIDR such as 192.0.2.0/24 or 2001:db8::/64",
  holds: isCidr,
});

const first = "self.split('-')[0].trim()";
const last = "self.split('-')[1].trim()";
const isRange = `self.split('-').size() == 2 && isIP(${first}) && isIP(${last}) && ip(${first}).family() == ip(${last}).family()`;

// CEL has no order of addresses. Let p be the number of leading bits in which two different ends agree: the range ascends
// when bit p of the first is zero, that is when masking it away as well changes nothing. p is looked for by octets and then
// by bits, and with constants only, or the estimated cost is more than the API server lets a rule have.
const constants = (...values: (number | string)[]) =>
  `[${values.map((value) => (typeof value === "string" ? `'${value}'` : value)).join(",")}]`;
const lengths = constants(...Array.from({ length: 129 }, (_, length) => `/${length}`));
const octets = constants(...Array.from({ length: 16 }, (_, octet) => `/${octet * 8}`));
const agreeOctets = `${octets}.filter(n, isCIDR(${first}+n) && cidr(${first}+n).containsIP(${last})).size()`;
const agreeBits = `${constants(0, 1, 2, 3, 4, 5, 6, 7)}.filter(n, cidr(${first}+${lengths}[k+n]).containsIP(${last})).size()`;
const masked = (length: string) => `cidr(${first}+${lengths}[${length}]).masked().ip()`;
const isAscendingCel =
  `!(${isRange}) || ip(${first}) == ip(${last}) || ` +
  `[${agreeOctets}*8-8].all(k, [k+${agreeBits}-1].all(p, ${masked("p")} == ${masked("p+1")}))`;

/** One address, a CIDR, or a range `first-last` of one family, both ends included. */
export const addressRange = withRules(
  z.string().max(100),
  {
    cel: `isIP(self) || isCIDR(self) || (${isRange})`,
    message: "must be an address, a CIDR such as 192.0.2.0/24, or a range such as 192.0.2.10-192.0.2.20",
    holds: (text) => familyOf(text) !== undefined || isCidr(text) || rangeEnds(text) !== undefined,
  },
  { cel: isAscendingCel, message: "must not end before it begins", holds: isAscending },
);

// As a pattern, not a rule: there may be so many that rules would cost more than the API server allows.
const labelValue = z
  .string()
  .max(63)
  .regex(
    new RegExp(labelValuePattern),
    "must be a label value: up to 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends",
  );

const selectorRequirement = withRules(
  z.strictObject({
    key: prefixedName("tier").describe("The label's key."),
    operator: z
      .enum(["In", "NotIn", "Exists", "DoesNotExist"])
      .describe("How the label is compared: In and NotIn with `values`, Exists and DoesNotExist without."),
    values: asSet(z.array(labelValue.describe("A label value.")).min(1).max(64))
      .optional()
      .describe("The values to compare with, for the operators In and NotIn; 1 to 64, none twice."),
  }),
  {
    cel: "(self.operator in ['In', 'NotIn']) == has(self.values)",
    message: "must be set for the operators In and NotIn, and only for them",
    holds: ({ operator, values }) => (operator === "In" || operator === "NotIn") === (values !== undefined),
    field: "values",
  },
);

const labelMap = withRules(withMaxProperties(z.record(z.string(), labelValue), 32), {
  cel: `self.all(key, key.size() <= 317 && key.matches('${qualifiedName}'))`,
  message: "must have label keys as keys, such as 'tier' or 'example.com/tier'",
  holds: (map) => Object.keys(map).every((key) => key.length <= 317 && new RegExp(qualifiedName).test(key)),
});

/** A label selector as elsewhere in Kubernetes. */
export const labelSelector = z.strictObject({
  matchLabels: labelMap.optional().describe("Labels that must all be there with these values; at most 32."),
  matchExpressions: z
    .array(selectorRequirement.describe("One condition on one label."))
    .max(32)
    .optional()
    .meta({
      description: "Conditions on labels that must all hold; at most 32.",
      "x-kubernetes-list-type": "atomic",
    }),
});

/** Which namespaces something is allowed for. */
export const namespaceRule = withRules(
  z.strictObject({
    from: z
      .enum(["All", "None", "Selected"])
      .describe("All namespaces, none, or those that `namespaces` or `namespaceSelector` select."),
    namespaces: asSet(z.array(dnsLabel.describe("The name of a namespace.")).min(1).max(256))
      .optional()
      .describe("Names of namespaces, which need not exist yet; 1 to 256. Only with `from: Selected`."),
    namespaceSelector: labelSelector
      .optional()
      .describe(
        "Selects namespaces by their labels, in addition to `namespaces`. Only with `from: Selected`.",
      ),
  }),
  {
    cel: "self.from != 'Selected' || has(self.namespaces) || has(self.namespaceSelector)",
    message: "must come with namespaces or namespaceSelector when it is Selected",
    holds: (rule) =>
      rule.from !== "Selected" || rule.namespaces !== undefined || rule.namespaceSelector !== undefined,
    field: "from",
  },
  {
    cel: "self.from == 'Selected' || !(has(self.namespaces) || has(self.namespaceSelector))",
    message: "must be Selected when namespaces or namespaceSelector is set",
    holds: (rule) => rule.from === "Selected" || (rule.namespaces ?? rule.namespaceSelector) === undefined,
    field: "from",
  },
);

/** Free-form: the provider knows what may stand in it. */
export const settings = withMaxProperties(z.record(z.string(), z.unknown()), 64).meta({
  maxProperties: 64,
  "x-kubernetes-preserve-unknown-fields": true,
});

/** A spec as it was when it was last accepted, kept as it is. */
export const acceptedSpec = z.record(z.string(), z.unknown()).meta({
  "x-kubernetes-preserve-unknown-fields": true,
});

export const observedGeneration = count
  .optional()
  .describe("The `metadata.generation` of the spec that this status was computed from.");

/** The conditions of an object, one of each type. */
export function conditions(types: string) {
  return asMap(
    z
      .array(
        z
          .strictObject({
            type: z.string().min(1).max(316).describe(`What is told about: ${types}.`),
            status: z.enum(["True", "False", "Unknown"]).describe("Whether it is the case."),
            reason: reasonWord.describe(
              "A CamelCase word to script against, from the list in docs/reasons.md.",
            ),
            message: z
              .string()
              .max(32768)
              .describe("A sentence for people: what is the case, and what to change."),
            lastTransitionTime: z.iso
              .datetime({ offset: true })
              .meta({ format: "date-time" })
              .describe("When `status` last changed."),
            observedGeneration,
          })
          .describe("One condition."),
      )
      .max(16),
    "type",
  )
    .optional()
    .describe(`The state of the object: ${types}.`);
}

/** Metadata as a manifest has it; the API server checks the rest. */
export const metadata = z.looseObject({
  name: z.string().min(1).max(253),
  namespace: z.string().max(63).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
