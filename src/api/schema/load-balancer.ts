/** The schema of LoadBalancer. */

import { z } from "zod";
import { apiVersion } from "../names.ts";
import { familyOf } from "./address-text.ts";
import * as field from "./fields.ts";
import { asMap, immutable, withRules, withTransitionRules } from "./rules.ts";

// Bounds and pattern each concern one of the two types, and no rule is needed: the text of a rule would have no known bound.
const targetPort = z
  .union(
    [
      field.port,
      z
        .string()
        .max(63)
        .regex(
          /^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/,
          "must be the name of a port: letters, digits and '-'",
        ),
    ],
    { error: "must be a port from 1 to 65535 or the name of one" },
  )
  .meta({
    "x-kubernetes-int-or-string": true,
    minimum: 1,
    maximum: 65535,
    maxLength: 63,
    pattern: "^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$",
  });

const port = z.strictObject({
  name: field.dnsLabel.optional().describe("A name for the port."),
  protocol: field.protocol.default("TCP").describe("TCP, UDP or SCTP."),
  port: field.port.describe("The port on the load balancer's addresses, 1 to 65535."),
  nodePort: field.port
    .optional()
    .describe("The port on every node that leads to the same backends, 1 to 65535."),
  targetPort: targetPort
    .optional()
    .describe("The port on the pods: a number from 1 to 65535 or the name of a container port."),
  appProtocol: field
    .prefixedName("http")
    .optional()
    .describe("What is spoken on the port, such as `http` or `kubernetes.io/h2c`: a hint for the provider."),
});

const addresses = withRules(z.array(field.address.describe("An IPv4 or IPv6 address.")).max(2), {
  cel: "self.size() < 2 || !self.all(a, isIP(a)) || ip(self[0]).family() != ip(self[1]).family()",
  message: "must be of different IP families when there are two",
  holds: ([first, second]) =>
    first === undefined || second === undefined || familyOf(first) !== familyOf(second),
}).meta({ "x-kubernetes-list-type": "atomic" });

const spec = z.strictObject({
  className: immutable(field.className, "delete the object and create it with the other class").describe(
    "The name of the LoadBalancerClass. Immutable.",
  ),
  serviceRef: z
    .strictObject({
      name: field.dnsLabel.describe("The Service's name, in the same namespace."),
      uid: z
        .string()
        .min(1)
        .max(128)
        .describe("The Service's UID: a new Service of the same name is another one."),
    })
    .optional()
    .describe(
      "The Service it was made for. Only the controller can write an object that has it. Without it, the object was written by hand. Immutable.",
    ),
  frontend: z
    .enum(["default", "internal", "external"])
    .default("default")
    .describe("Which of the Service's frontends it is: `default` for the only one."),
  scheme: field.scheme.describe("Whether it is reachable from the internet (external) or not (internal)."),
  ports: asMap(
    z.array(port.describe("One port of the load balancer.")).min(1).max(1024),
    "port",
    "protocol",
  ).describe("The ports that are served; 1 to 1024, each number once per protocol."),
  ipFamilies: withRules(z.array(field.family).min(1).max(2), {
    cel: "self.size() < 2 || self[0] != self[1]",
    message: "must not have the same entry twice",
    holds: ([first, second]) => first !== second,
  })
    .meta({ "x-kubernetes-list-type": "atomic" })
    .describe("IPv4, IPv6 or both; the first is the primary one."),
  ipFamilyPolicy: z
    .enum(["SingleStack", "PreferDualStack", "RequireDualStack"])
    .default("SingleStack")
    .describe(
      "Whether addresses of both families are wanted (PreferDualStack), needed (RequireDualStack) or neither (SingleStack).",
    ),
  addresses: addresses
    .optional()
    .describe(
      "The addresses that are asked for: one, or one of each family. Without it the provider chooses.",
    ),
  pool: field.objectName.optional().describe("The pool that is asked for. Without it the provider chooses."),
  sharing: z
    .strictObject({
      key: z
        .string()
        .min(1)
        .max(253)
        .describe("Those with the same key may be given the same address; 1 to 253 characters."),
      backend: z
        .string()
        .max(16384)
        .default("")
        .describe(
          "What must be equal as well: empty for traffic policy Cluster, the rendered selector for Local.",
        ),
    })
    .optional()
    .describe("Lets it share an address with others, as long as their ports differ."),
  group: field.dnsLabel
    .optional()
    .describe(
      "Those of one group share one load balancer, each with its own ports: within the namespace, or the namespaces that the class lists in `spec.policy.sharing`. Without it, it has a load balancer of its own, unless the provider shares by itself.",
    ),
  adopt: z
    .string()
    .min(1)
    .max(2048)
    .optional()
    .describe(
      "The cloud id of a load balancer to take over instead of making one; the class must allow it in `spec.policy.adoption`. 1 to 2048 characters.",
    ),
  release: z
    .boolean()
    .optional()
    .describe(
      "Whether the load balancer is to be handed over: Fairlead takes its mark off and changes nothing any more. Default: false.",
    ),
  externalTrafficPolicy: z
    .enum(["Cluster", "Local"])
    .optional()
    .describe(
      "Whether nodes pass traffic on to other nodes (Cluster) or serve it themselves and keep the client's address (Local).",
    ),
  healthCheckNodePort: field.port
    .optional()
    .describe(
      "The port on which a node tells whether it has backends, 1 to 65535. Only with `externalTrafficPolicy: Local`.",
    ),
  sourceRanges: z
    .array(field.cidr.describe("A CIDR."))
    .max(1024)
    .optional()
    .meta({ "x-kubernetes-list-type": "atomic" })
    .describe("The clients that are let in: at most 1024 CIDRs. Everybody without it."),
  sessionAffinity: z
    .enum(["None", "ClientIP"])
    .optional()
    .describe("Whether connections of one client address go to one backend (ClientIP). Default: None."),
  sessionAffinityTimeoutSeconds: z
    .int()
    .min(1)
    .max(86400)
    .meta({ format: "int32" })
    .optional()
    .describe(
      "For how many seconds without traffic the affinity lasts, 1 to 86400. Only with `sessionAffinity: ClientIP`.",
    ),
  settings: field.settings
    .optional()
    .describe(
      "What the provider was told by annotations, or by hand: see the provider's reference. At most 64 keys.",
    ),
  warnings: z
    .array(
      z
        .strictObject({
          reason: field.reasonWord.describe("A CamelCase word from the list in docs/reasons.md."),
          message: z.string().max(4096).describe("A sentence for people."),
        })
        .describe("One thing that was noticed."),
    )
    .max(32)
    .optional()
    .meta({ "x-kubernetes-list-type": "atomic" })
    .describe(
      "What was noticed in the Service and does not keep it from working; at most 32. Shown in the Degraded condition.",
    ),
  refusal: z
    .strictObject({
      reason: field.reasonWord.describe("A CamelCase word from the list in docs/reasons.md."),
      message: z.string().max(4096).describe("A sentence for people: what to change in the Service."),
      previousInForce: z
        .boolean()
        .describe(
          "true: the rest of the spec is the last one that could be read, and is served. false: nothing is served.",
        ),
    })
    .optional()
    .describe(
      "Set while the Service, as it is now, can't be made into a spec. Shown in the Accepted condition.",
    ),
});

export const loadBalancerSpec = withTransitionRules(
  withRules(
    spec,
    {
      cel: "self.ipFamilyPolicy != 'SingleStack' || self.ipFamilies.size() == 1",
      message: "must have one entry for ipFamilyPolicy SingleStack",
      holds: (lb) => lb.ipFamilyPolicy !== "SingleStack" || lb.ipFamilies.length === 1,
      field: "ipFamilies",
    },
    {
      cel: "self.ipFamilyPolicy != 'RequireDualStack' || self.ipFamilies.size() == 2",
      message: "must have two entries for ipFamilyPolicy RequireDualStack",
      holds: (lb) => lb.ipFamilyPolicy !== "RequireDualStack" || lb.ipFamilies.length === 2,
      field: "ipFamilies",
    },
    {
      cel: "!has(self.addresses) || self.addresses.all(a, !isIP(a) || (ip(a).family() == 4 ? 'IPv4' : 'IPv6') in self.ipFamilies)",
      message: "must be of the families in ipFamilies",
      holds: (lb) => (lb.addresses ?? []).every((text) => lb.ipFamilies.includes(familyOf(text) ?? "IPv4")),
      field: "addresses",
    },
    {
      cel: "!has(self.healthCheckNodePort) || (has(self.externalTrafficPolicy) && self.externalTrafficPolicy == 'Local')",
      message: "must be left out unless externalTrafficPolicy is Local",
      holds: (lb) => lb.healthCheckNodePort === undefined || lb.externalTrafficPolicy === "Local",
      field: "healthCheckNodePort",
    },
    {
      cel: "!has(self.sessionAffinityTimeoutSeconds) || (has(self.sessionAffinity) && self.sessionAffinity == 'ClientIP')",
      message: "must be left out unless sessionAffinity is ClientIP",
      holds: (lb) => lb.sessionAffinityTimeoutSeconds === undefined || lb.sessionAffinity === "ClientIP",
      field: "sessionAffinityTimeoutSeconds",
    },
    {
      cel: "has(self.serviceRef) || self.frontend == 'default'",
      message: "must be default for a LoadBalancer without serviceRef",
      holds: (lb) => lb.serviceRef !== undefined || lb.frontend === "default",
      field: "frontend",
    },
    {
      cel: "has(self.serviceRef) || !has(self.refusal)",
      message: "must be left out for a LoadBalancer without serviceRef",
      holds: (lb) => lb.serviceRef !== undefined || lb.refusal === undefined,
      field: "refusal",
    },
  ),
  {
    rule: "has(self.serviceRef) == has(oldSelf.serviceRef) && (!has(self.serviceRef) || self.serviceRef == oldSelf.serviceRef)",
    message: "is immutable: a LoadBalancer belongs to the same Service, or to none, for all its life",
    fieldPath: ".serviceRef",
  },
);

export const loadBalancerStatus = z.strictObject({
  observedGeneration: field.observedGeneration,
  conditions: field.conditions("Accepted, Programmed, Degraded"),
  addresses: z
    .array(
      withRules(
        z.strictObject({
          ip: field.address.optional().describe("An IPv4 or IPv6 address."),
          hostname: z
            .string()
            .min(1)
            .max(253)
            .optional()
            .describe("A DNS name, where the provider gives one instead of an address."),
          ipMode: z
            .enum(["VIP", "Proxy"])
            .optional()
            .describe(
              "Whether packets reach the nodes with this address as their destination (VIP) or not (Proxy).",
            ),
          pool: z.string().max(253).optional().describe("The pool that the address was taken from."),
        }),
        {
          cel: "has(self.ip) || has(self.hostname)",
          message: "must have ip or hostname",
          holds: ({ ip, hostname }) => ip !== undefined || hostname !== undefined,
        },
      ).describe("One address or DNS name."),
    )
    .max(16)
    .optional()
    .meta({ "x-kubernetes-list-type": "atomic" })
    .describe("The addresses it has. They are recorded here: a restart gives out no others."),
  ports: z
    .array(
      z
        .strictObject({
          port: field.port.describe("The port's number."),
          protocol: field.protocol.describe("The port's protocol."),
          error: z
            .string()
            .max(316)
            .optional()
            .describe("A CamelCase word that says why the port is not served."),
        })
        .describe("One port."),
    )
    .max(1024)
    .optional()
    .meta({ "x-kubernetes-list-type": "atomic" })
    .describe("The ports in force on these addresses. A port belongs to whoever has it here."),
  sharing: z
    .strictObject({
      key: z.string().min(1).max(253).describe("The key that those who share have in common."),
      backend: z
        .string()
        .max(16384)
        .default("")
        .describe("What is equal as well: see `spec.sharing.backend`."),
      scope: z
        .string()
        .max(253)
        .describe("Within what they share: a namespace, or the namespaces that a class lists."),
    })
    .optional()
    .describe(
      "The sharing in force on these addresses: that of the spec, unless neighbours on an address stand against a change.",
    ),
  resources: z
    .array(
      z
        .strictObject({
          kind: z.string().min(1).max(253).describe("What it is, in the provider's words."),
          id: z.string().min(1).max(2048).describe("The provider's id of it."),
        })
        .describe("One resource."),
    )
    .max(1024)
    .optional()
    .meta({ "x-kubernetes-list-type": "atomic" })
    .describe("What exists for it in the cloud."),
  stack: z
    .string()
    .max(1024)
    .optional()
    .describe(
      "Which load balancers share resources with it: those of the same word. A change waits to be acknowledged.",
    ),
  formerStacks: z
    .array(z.string().max(1024).describe("One of them."))
    .max(16)
    .optional()
    .meta({ "x-kubernetes-list-type": "set" })
    .describe("Which `stack` it had before, while something there is still to be taken apart."),
  leads: z
    .boolean()
    .optional()
    .describe("Whether its settings count for the load balancer that it shares with others."),
  drift: z
    .array(
      z
        .strictObject({
          kind: z.string().min(1).max(253).describe("What it is, in the provider's words."),
          id: z.string().min(1).max(2048).describe("The provider's id of it."),
          field: z.string().min(1).max(253).describe("The field that differs."),
          wanted: z.string().max(1024).describe("What was applied, as text; cut off where it is long."),
          found: z.string().max(1024).describe("What is there, as text; cut off where it is long."),
        })
        .describe("One difference."),
    )
    .max(64)
    .optional()
    .meta({ "x-kubernetes-list-type": "atomic" })
    .describe(
      "What others changed in the cloud, where the class says to report and not to repair; at most 64 differences.",
    ),
  released: z
    .boolean()
    .optional()
    .describe("Whether it was handed over: nothing in the cloud carries Fairlead's mark for it any more."),
  appliedHash: z.string().max(128).optional().describe("A hash of what was last applied in full."),
  acceptedSpec: field.acceptedSpec
    .optional()
    .describe("The spec in force, on an object that was written by hand: the last one that was accepted."),
});

export const loadBalancer = z
  .strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal("LoadBalancer"),
    metadata: field.metadata,
    spec: loadBalancerSpec.describe("What is wanted."),
    status: loadBalancerStatus.optional().describe("What is the case. Written by the class's provider."),
  })
  .describe(
    "One frontend: addresses and ports that lead to a Service. Fairlead makes it for every Service it serves; a class may allow others to be written by hand.",
  );
