/** How our kinds are presented to the users of kubectl: schemas, short names, columns. */

import type { z } from "zod";
import { ipAddressPools } from "../ip-address-pool.ts";
import { loadBalancers } from "../load-balancer.ts";
import { loadBalancerClasses } from "../load-balancer-class.ts";
import type { Resource } from "../meta.ts";
import { ipAddressPool } from "../schema/ip-address-pool.ts";
import { loadBalancer } from "../schema/load-balancer.ts";
import { loadBalancerClass } from "../schema/load-balancer-class.ts";

/** A column of `kubectl get`; those of priority 1 are shown with `-o wide` only. */
export interface Column {
  name: string;
  type: "string" | "integer" | "boolean" | "date";
  jsonPath: string;
  description: string;
  priority?: 1;
}

export interface KindPresentation {
  readonly resource: Resource;
  readonly schema: z.ZodType;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly columns: readonly Column[];
}

const age: Column = {
  name: "Age",
  type: "date",
  jsonPath: ".metadata.creationTimestamp",
  description: "The time since it was created.",
};

function condition(
  type: string,
  part: "status" | "reason" | "message",
  name: string,
  description: string,
): Column {
  return { name, type: "string", jsonPath: `.status.conditions[?(@.type=="${type}")].${part}`, description };
}

const wide = (column: Column): Column => ({ ...column, priority: 1 });

export const kinds: readonly KindPresentation[] = [
  {
    resource: loadBalancerClasses,
    schema: loadBalancerClass,
    singular: "loadbalancerclass",
    shortNames: ["lbclass"],
    columns: [
      condition("Accepted", "status", "Accepted", "Whether the class is valid and served."),
      {
        name: "Provider",
        type: "string",
        jsonPath: ".spec.provider",
        description: "Who makes its load balancers.",
      },
      {
        name: "Default",
        type: "boolean",
        jsonPath: ".spec.default",
        description: "Whether it also claims Services that name no class.",
      },
      {
        name: "LoadBalancers",
        type: "integer",
        jsonPath: ".status.loadBalancers",
        description: "How many LoadBalancers are of this class.",
      },
      condition("Accepted", "reason", "Reason", "Why it is accepted or not."),
      age,
      wide(condition("Degraded", "reason", "Degraded", "What does not work as asked for.")),
      wide(condition("Accepted", "message", "Message", "What is the case, and what to change.")),
    ],
  },
  {
    resource: loadBalancers,
    schema: loadBalancer,
    singular: "loadbalancer",
    shortNames: ["lb"],
    columns: [
      condition("Programmed", "status", "Programmed", "Whether it exists as asked for."),
      {
        name: "Address",
        type: "string",
        jsonPath: ".status.addresses[0]['ip','hostname']",
        description: "Its address or DNS name; a second one is shown with -o wide.",
      },
      { name: "Class", type: "string", jsonPath: ".spec.className", description: "Its LoadBalancerClass." },
      {
        name: "Service",
        type: "string",
        jsonPath: ".spec.serviceRef.name",
        description: "The Service it was made for.",
      },
      { name: "Scheme", type: "string", jsonPath: ".spec.scheme", description: "internal or external." },
      condition("Programmed", "reason", "Reason", "Why it is programmed or not."),
      age,
      wide({
        name: "Second",
        type: "string",
        jsonPath: ".status.addresses[1]['ip','hostname']",
        description: "Its second address.",
      }),
      wide(condition("Degraded", "reason", "Degraded", "What does not work as asked for.")),
      wide(condition("Programmed", "message", "Message", "What is the case, and what to change.")),
    ],
  },
  {
    resource: ipAddressPools,
    schema: ipAddressPool,
    singular: "ipaddresspool",
    shortNames: ["lbpool"],
    columns: [
      condition("Accepted", "status", "Accepted", "Whether the pool, as it is now, is in force."),
      {
        name: "FreeIPv4",
        type: "integer",
        jsonPath: ".status.availableIPv4",
        description: "How many IPv4 addresses are free.",
      },
      {
        name: "UsedIPv4",
        type: "integer",
        jsonPath: ".status.assignedIPv4",
        description: "How many IPv4 addresses are in use.",
      },
      {
        name: "FreeIPv6",
        type: "integer",
        jsonPath: ".status.availableIPv6",
        description: "How many IPv6 addresses are free.",
      },
      {
        name: "UsedIPv6",
        type: "integer",
        jsonPath: ".status.assignedIPv6",
        description: "How many IPv6 addresses are in use.",
      },
      {
        name: "Auto",
        type: "boolean",
        jsonPath: ".spec.autoAssign",
        description: "Whether Services get addresses of it without asking for them.",
      },
      condition("Accepted", "reason", "Reason", "Why it is accepted or not."),
      age,
      wide({
        name: "Addresses",
        type: "string",
        jsonPath: ".spec.addresses",
        description: "What it has to give.",
      }),
      wide(condition("Accepted", "message", "Message", "What is the case, and what to change.")),
    ],
  },
];
