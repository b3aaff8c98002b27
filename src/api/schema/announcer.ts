/** The schema of Announcer: what the agent of one node does and sees. */

import { z } from "zod";
import { apiVersion } from "../names.ts";
import * as field from "./fields.ts";

// Written by agents alone, in lists that may be long: what is in them is bounded, and not checked by rules that would cost too much.
const address = z.string().min(2).max(45);
const name = z.string().min(1).max(253);
const mac = z.string().max(59);
const time = z.iso.datetime({ offset: true }).meta({ format: "date-time" });
const atomic = { "x-kubernetes-list-type": "atomic" } as const;
const interfaceNames = z.array(field.interfaceName.describe("The name of an interface.")).max(64);

const networkInterface = z.strictObject({
  name: field.interfaceName.describe("Its name."),
  mac: mac.optional().describe("Its hardware address, as it is now."),
  up: z.boolean().describe("Whether it is up and has a carrier."),
  networks: z
    .array(z.string().min(4).max(49).describe("A network, as a CIDR."))
    .max(32)
    .optional()
    .meta(atomic)
    .describe(
      "The networks that its addresses are in, such as 192.0.2.0/24; at most 32. Addresses of these are announced on it where no advertisement names interfaces.",
    ),
  skipped: z
    .string()
    .max(256)
    .optional()
    .describe("Why nothing is announced on it, whatever advertisements say. Absent: it may be used."),
});

const capability = z.strictObject({
  name: field.reasonWord
    .max(63)
    .describe(
      "What it is about: `RawSockets` (answering for addresses), `BindAddresses` (putting them on interfaces, behind a guard), `StrictARP` (that the kernel does not answer for addresses of Services; where kube-proxy runs in IPVS mode), `BGP` (a daemon that can be driven), `BFD` (the same).",
    ),
  available: z.boolean().describe("Whether the agent can do it here."),
  message: z.string().max(1024).optional().describe("Why not, and what to change."),
});

const announced = z.strictObject({
  address: address.describe("The IP address, in canonical form."),
  protocol: z.enum(["Layer2"]).describe("How it is announced. Routes are told of in `bgp`."),
  state: z
    .enum(["Announcing", "Offering", "Probing", "Conflict"])
    .describe(
      "Announcing: this node answers for it. Offering: it answers until another node takes it over. Probing: it finds out whether somebody else has the address. Conflict: somebody else answers for it without a claim, and this node does not.",
    ),
  mode: field.layer2Mode.describe("Whether the agent answers for it, or it is on an interface."),
  epoch: field.count
    .max(2 ** 52)
    .describe(
      "The number of the claim: of two claims to an address the higher one holds. 0 without a claim.",
    ),
  interfaces: interfaceNames.meta(atomic).describe("The interfaces on which it is announced."),
  since: time.describe("When it came into this state."),
  reason: field.reasonWord
    .max(63)
    .describe(
      "Why it is in this state. It is here because nobody had it and this node was first (`Placed`), it was recorded here (`Recalled`), its holder was gone (`TookOver`) or offered it (`HandedOver`). It is offered because this node ends (`Leaving`), may not announce it any more (`NotFit`), does not reach the API server while others do (`Blind`), has an interface without carrier and another node has all of its own (`LinkLost`), or has more than its share (`Rebalancing`). `AddressInUse`: somebody who is no agent has it. `AnsweredByNode`: the node of another agent answers for it, and no agent claims it. `Restarted`: an earlier process of the agent had it.",
    ),
  message: z.string().max(256).describe("The same as a sentence for people."),
  foreignMAC: mac.optional().describe("The hardware address of whoever else answers for it."),
});

const session = z.strictObject({
  peer: name.describe("The name of the BGPPeer."),
  address: address.optional().describe("The address of the peer, where the session is by address."),
  interface: field.interfaceName.optional().describe("The interface, where the session is by interface."),
  vrf: field.interfaceName.optional().describe("The VRF it belongs to, if not the default one."),
  state: z
    .enum(["Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"])
    .describe("The state of the session as RFC 4271 §8.2.2 calls it."),
  since: time.optional().describe("When it was established, or ceased to be."),
  bfd: z
    .enum(["AdminDown", "Down", "Init", "Up"])
    .optional()
    .describe("The state of BFD as RFC 5880 §6.2 calls it. Absent: it is not used."),
  prefixes: field.count.describe("How many routes are announced over it."),
  message: z.string().max(1024).optional().describe("Why it is not established, as far as it is known."),
});

const route = z.strictObject({
  prefix: z.string().min(4).max(49).describe("The prefix, as a CIDR."),
  peers: z
    .array(name.describe("The name of a BGPPeer."))
    .max(64)
    .meta(atomic)
    .describe("The BGPPeers it is announced to."),
});

const problem = z.strictObject({
  kind: z.string().min(1).max(63).describe("The kind of the object, such as `BGPPeer`."),
  name: name.describe("Its name."),
  message: z.string().max(1024).describe("What is wrong, and what to change."),
});

const bgp = z.strictObject({
  routerID: z.string().max(15).optional().describe("The node's BGP identifier."),
  version: z.string().max(63).optional().describe("The version of the BGP daemon."),
  sessions: z
    .array(session.describe("One session."))
    .max(256)
    .default([])
    .meta(atomic)
    .describe("The sessions that this node has or is to have."),
  routes: z
    .array(route.describe("One route."))
    .max(4096)
    .default([])
    .meta(atomic)
    .describe("The routes that this node announces."),
  problems: z
    .array(problem.describe("One problem."))
    .max(256)
    .optional()
    .meta(atomic)
    .describe("Objects that can't be served on this node. The others are."),
  error: z
    .string()
    .max(1024)
    .optional()
    .describe(
      "Why the BGP daemon does not have the configuration it should have; what it had stays in force.",
    ),
});

export const announcerStatus = z.strictObject({
  incarnation: field.count
    .max(2 ** 52)
    .describe(
      "A number that every start of the agent raises by one, before anything is announced: what an earlier one says is not heeded. A new Announcer begins with the seconds since 1970.",
    ),
  version: z.string().max(63).describe("The version of the agent."),
  state: z
    .enum(["Starting", "Ready", "Leaving"])
    .describe(
      "Starting: it takes no address yet. Ready: it takes its part. Leaving: it hands over what it has and ends.",
    ),
  heartbeatPort: field.port
    .optional()
    .describe("The UDP port on which it listens for the heartbeats of other agents."),
  conditions: field.conditions("Ready"),
  interfaces: z
    .array(networkInterface.describe("One interface."))
    .max(1024)
    .optional()
    .meta(atomic)
    .describe("The network interfaces of the node; at most 1024."),
  capabilities: z
    .array(capability.describe("One ability."))
    .max(32)
    .optional()
    .meta(atomic)
    .describe("What the agent can do on this node, and what not."),
  announcing: field.count
    .optional()
    .describe("How many of `addresses` the node answers for: those that are Announcing or Offering."),
  addresses: z
    .array(announced.describe("One address."))
    .max(4096)
    .optional()
    .meta(atomic)
    .describe(
      "The addresses that this node announces on layer 2, or is about to; at most 4096. After all agents were started at once, addresses stay where they are recorded here.",
    ),
  bgp: bgp.optional().describe("What this node announces by BGP. Absent: no BGPPeer selects it."),
});

export const announcer = z
  .strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal("Announcer"),
    metadata: field.metadata,
    status: announcerStatus.optional().describe("What is the case. Written by the agent of the node."),
  })
  .describe(
    "What the agent of a node can do, what it announces and why. Named as the node; made and written by its agent, and by nobody else.",
  );
