/** How our kinds are presented to the users of kubectl: schemas, short names, columns. */

import type { z } from "zod";
import { announcers } from "../announcer.ts";
import { bfdProfiles } from "../bfd-profile.ts";
import { bgpAdvertisements } from "../bgp-advertisement.ts";
import { bgpPeers } from "../bgp-peer.ts";
import { communities } from "../community.ts";
import { ipAddressPools } from "../ip-address-pool.ts";
import { l2Advertisements } from "../l2-advertisement.ts";
import { loadBalancers } from "../load-balancer.ts";
import { loadBalancerClasses } from "../load-balancer-class.ts";
import type { Resource } from "../meta.ts";
import { announcer } from "../schema/announcer.ts";
import { bfdProfile } from "../schema/bfd-profile.ts";
import { bgpAdvertisement } from "../schema/bgp-advertisement.ts";
import { bgpPeer } from "../schema/bgp-peer.ts";
import { community } from "../schema/community.ts";
import { ipAddressPool } from "../schema/ip-address-pool.ts";
import { l2Advertisement } from "../schema/l2-advertisement.ts";
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

function field(name: string, jsonPath: string, description: string): Column {
  return { name, type: "string", jsonPath, description };
}

function number(name: string, jsonPath: string, description: string): Column {
  return { name, type: "integer", jsonPath, description };
}

const selectedPools = number("Pools", ".status.pools", "How many pools it selects.");
const selectedNodes = number("Nodes", ".status.nodes", "How many nodes it selects.");
const accepted = condition("Accepted", "status", "Accepted", "Whether it, as it is now, is in force.");
const why = [
  condition("Accepted", "reason", "Reason", "Why it is accepted or not."),
  age,
  wide(condition("Degraded", "reason", "Degraded", "What does not work as asked for.")),
  wide(condition("Accepted", "message", "Message", "What is the case, and what to change.")),
];

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
      wide(condition("Degraded", "reason", "Degraded", "What does not work as asked for.")),
      wide(condition("Accepted", "message", "Message", "What is the case, and what to change.")),
    ],
  },
  {
    resource: l2Advertisements,
    schema: l2Advertisement,
    singular: "l2advertisement",
    shortNames: ["lbl2"],
    columns: [
      accepted,
      selectedPools,
      selectedNodes,
      field("Interfaces", ".spec.interfaces", "The interfaces it names; all without any."),
      ...why,
    ],
  },
  {
    resource: bgpAdvertisements,
    schema: bgpAdvertisement,
    singular: "bgpadvertisement",
    shortNames: ["lbbgp"],
    columns: [
      accepted,
      selectedPools,
      selectedNodes,
      number("Peers", ".status.peers", "How many peers it announces to."),
      ...why,
    ],
  },
  {
    resource: bgpPeers,
    schema: bgpPeer,
    singular: "bgppeer",
    shortNames: ["lbpeer"],
    columns: [
      accepted,
      condition("Established", "status", "Established", "Whether all sessions with it are established."),
      field("Sessions", ".status.sessions", "How many sessions are established, of how many."),
      field("Address", ".spec.peerAddress", "Its address."),
      number("ASN", ".spec.peerASN", "Its AS."),
      ...why,
      wide(field("Interface", ".spec.interface", "The interface it is found by, instead of an address.")),
      wide(number("MyASN", ".spec.myASN", "The AS of the nodes.")),
      wide(field("BFD", ".spec.bfdProfile", "The BFDProfile.")),
      wide(condition("Established", "message", "Missing", "Which sessions are not established, and why.")),
    ],
  },
  {
    resource: bfdProfiles,
    schema: bfdProfile,
    singular: "bfdprofile",
    shortNames: ["lbbfd"],
    columns: [
      accepted,
      number("Receive", ".spec.receiveInterval", "The interval of reception, in milliseconds."),
      number("Transmit", ".spec.transmitInterval", "The interval of transmission, in milliseconds."),
      number("Multiplier", ".spec.detectMultiplier", "How many packets may be missed."),
      number("Peers", ".status.peers", "How many peers use it."),
      ...why,
    ],
  },
  {
    resource: communities,
    schema: community,
    singular: "community",
    shortNames: ["lbcommunity"],
    columns: [accepted, ...why, wide(field("Communities", ".spec.communities", "The names that it gives."))],
  },
  {
    resource: announcers,
    schema: announcer,
    singular: "announcer",
    shortNames: ["lbannouncer"],
    columns: [
      condition("Ready", "status", "Ready", "Whether the agent of the node takes its part."),
      field("State", ".status.state", "Starting, Ready or Leaving."),
      number("Announcing", ".status.announcing", "How many addresses it announces on layer 2."),
      field("Version", ".status.version", "The version of the agent."),
      condition("Ready", "reason", "Reason", "Why it is ready or not."),
      age,
      wide(condition("Ready", "message", "Message", "What is the case, and what to change.")),
    ],
  },
];
