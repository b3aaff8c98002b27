/** The schema of LoadBalancerClass. */

import { z } from "zod";
import { apiVersion } from "../names.ts";
import * as field from "./fields.ts";
import { asSet, immutable, withRules } from "./rules.ts";

const frontends = asSet(z.array(field.scheme).min(1).max(2));

const defaults = z.strictObject({
  scheme: field.scheme
    .default("internal")
    .describe("Whether a load balancer is reachable from the internet (external) or not (internal)."),
  frontends: frontends
    .optional()
    .describe(
      "Gives every Service one load balancer for each entry: internal, external or both. Without it there is one, of the default scheme.",
    ),
});

const maxLoadBalancers = withRules(
  z.strictObject({
    total: field.count
      .optional()
      .describe("At most that many in the cluster; 0 allows no new ones. Unlimited without it."),
    perNamespace: field.count
      .optional()
      .describe("At most that many in one namespace. Unlimited without it."),
  }),
  {
    cel: "has(self.total) || has(self.perNamespace)",
    message: "must have total or perNamespace",
    holds: ({ total, perNamespace }) => total !== undefined || perNamespace !== undefined,
  },
);

const adoption = z.strictObject({
  namespaces: field.namespaceRule
    .prefault({ from: "All" })
    .describe("The namespaces whose load balancers may adopt. Default: all."),
  ids: asSet(
    z
      .array(
        z
          .string()
          .min(1)
          .max(2048)
          .describe("A cloud id, such as an ARN; `*` stands for any characters, none included."),
      )
      .min(1)
      .max(32),
  ).describe("The cloud ids that may be adopted; 1 to 32 patterns."),
});

const policy = z.strictObject({
  external: field.namespaceRule
    .prefault({ from: "All" })
    .describe("The namespaces whose load balancers may be external. Default: all."),
  handWritten: field.namespaceRule
    .prefault({ from: "None" })
    .describe("The namespaces in which LoadBalancers without a Service are served. Default: none."),
  pools: asSet(z.array(field.objectName.describe("The name of a pool.")).min(1).max(64))
    .optional()
    .describe("The pools that addresses may come from; 1 to 64. All pools without it."),
  ranges: asSet(
    z.array(field.addressRange.describe("An address, a CIDR, or a range `first-last`.")).min(1).max(64),
  )
    .optional()
    .describe(
      "The addresses that may be asked for or given out; 1 to 64 addresses, CIDRs or ranges. All without it.",
    ),
  maxLoadBalancers: maxLoadBalancers.optional().describe("How many load balancers the class may have."),
  sharing: z
    .strictObject({
      namespaces: asSet(z.array(field.dnsLabel.describe("The name of a namespace.")).min(1).max(64)).describe(
        "Namespaces that may share addresses and load balancers with each other; 1 to 64.",
      ),
    })
    .optional()
    .describe("Who may share across namespaces. Without it, sharing stays within a namespace."),
  deletion: z
    .enum(["Delete", "Retain"])
    .default("Delete")
    .describe(
      "What happens in the cloud when a load balancer is no longer wanted: it goes (Delete), or stays as it is, with Fairlead's mark (Retain).",
    ),
  drift: z
    .enum(["Repair", "Report"])
    .default("Repair")
    .describe(
      "What happens when somebody else changed what Fairlead applied: it is put back (Repair), or told in `status.drift` of the LoadBalancer (Report).",
    ),
  replacement: z
    .enum(["Acknowledge", "Allow"])
    .default("Acknowledge")
    .describe(
      "What happens when a change needs a new load balancer with another address or DNS name: it waits for the annotation `fairlead.io/acknowledge-replacement` (Acknowledge), or is done (Allow).",
    ),
  adoption: adoption
    .optional()
    .describe(
      "Which load balancers that Fairlead did not make may be taken over by `fairlead.io/adopt`. Without it, none.",
    ),
});

export const loadBalancerClassSpec = z.strictObject({
  provider: immutable(field.providerName, "create another class for another provider").describe(
    "Who makes the load balancers: `bare-metal`, `aws`, or a name with a domain such as `example.com/lab` for a controller of your own. Immutable.",
  ),
  default: z
    .boolean()
    .default(false)
    .describe(
      "Whether the class also claims Services that name no class. Changing it concerns unclaimed Services only.",
    ),
  aliases: asSet(
    z
      .array(
        withRules(field.prefixedName("nlb"), {
          cel: "!self.startsWith('fairlead.io/')",
          message: "must not begin with fairlead.io/: that is the prefix of class names",
          holds: (alias) => !alias.startsWith("fairlead.io/"),
        }).describe("A value of `spec.loadBalancerClass`."),
      )
      .max(16),
  )
    .optional()
    .describe(
      "Other values of a Service's `spec.loadBalancerClass` that the class claims, beside `fairlead.io/<class name>`; at most 16.",
    ),
  settings: field.settings
    .optional()
    .describe(
      "What the provider needs to know, such as region and network: see the provider's reference. At most 64 keys.",
    ),
  defaults: defaults.prefault({}).describe("What holds where a Service says nothing else."),
  policy: policy
    .prefault({})
    .describe("What Services of this class may ask for. Making it stricter takes nothing away that exists."),
});

export const loadBalancerClassStatus = z.strictObject({
  observedGeneration: field.observedGeneration,
  conditions: field.conditions("Accepted, Degraded"),
  loadBalancers: field.count.optional().describe("How many LoadBalancers are of this class."),
  acceptedSpec: field.acceptedSpec.optional().describe("The spec in force: the last one that was accepted."),
});

export const loadBalancerClass = withRules(
  z.strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal("LoadBalancerClass"),
    metadata: field.metadata,
    spec: loadBalancerClassSpec.describe("What is wanted."),
    status: loadBalancerClassStatus.optional().describe("What is the case. Written by the controller."),
  }),
  {
    cel: "self.metadata.name.size() <= 63",
    message: "must have a name of at most 63 characters, for Services ask for it as fairlead.io/<name>",
    holds: ({ metadata }) => metadata.name.length <= 63,
  },
).describe(
  "Ties a class name to a provider, its settings, defaults and policy. Services ask for it by `spec.loadBalancerClass: fairlead.io/<name>`.",
);
