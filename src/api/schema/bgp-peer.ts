/** The schema of BGPPeer. Fields that mean the same as in MetalLB are called the same. */

import { z } from "zod";
import { durationPattern, secondsIn } from "../duration-text.ts";
import { apiVersion } from "../names.ts";
import { familyOf, isPeerAddress, peerlessRanges } from "./address-text.ts";
import { selectors } from "./advertisement.ts";
import * as field from "./fields.ts";
import { type Rule, withRules } from "./rules.ts";

const asn = z.int().min(1).max(4294967295).meta({ format: "int64" });

const routerID = withRules(z.string().max(15), {
  cel: "isIP(self) && ip(self).family() == 4 && !ip(self).isUnspecified()",
  message: "must look like an IPv4 address other than 0.0.0.0, such as 192.0.2.1",
  holds: (text) => familyOf(text) === "IPv4" && text !== "0.0.0.0",
});

const peerAddress = withRules(field.address, {
  cel: `!isIP(self) || ![${peerlessRanges.map((range) => `'${range}'`).join(", ")}].exists(range, cidr(range).containsIP(self))`,
  message: "must be the address of one router; a link-local one is reached by interface instead",
  holds: (text) => familyOf(text) === undefined || isPeerAddress(text),
});

/** A length of time of some seconds. The texts that the pattern lets through can't make `duration` fail. */
function seconds(least: number, most: number, or: { cel: string; words: string; also: number[] }) {
  const length = "duration(self).getSeconds()";
  return withRules(
    z.string().min(2).max(18),
    {
      cel: `self.matches('${durationPattern}')`,
      message: "must be a length of time in whole hours, minutes and seconds, such as 90s or 1m30s",
      holds: (text) => secondsIn(text) !== undefined,
    },
    {
      cel: `!self.matches('${durationPattern}') || (${length} >= ${least} && ${length} <= ${most})${or.cel.replaceAll("length", length)}`,
      message: `must be from ${least}s to ${most}s${or.words}`,
      holds: (text) => {
        const length = secondsIn(text) ?? least;
        return or.also.includes(length) || (length >= least && length <= most);
      },
    },
  );
}

const orOff = { cel: " || length == 0", words: ", or 0s", also: [0] };
const noneElse = { cel: "", words: "", also: [] };

const fields = z.strictObject({
  myASN: asn.describe("The number of the AS that the nodes are in; 1 to 4294967295."),
  peerASN: asn
    .optional()
    .describe(
      "The number of the peer's AS; 1 to 4294967295. Equal to `myASN`, the session is internal (iBGP). Either this or `dynamicASN` must be set.",
    ),
  dynamicASN: z
    .enum(["internal", "external"])
    .optional()
    .describe(
      "Instead of `peerASN`: the peer may be of whatever AS it says, as long as that is ours (internal) or another (external).",
    ),
  localASN: asn
    .optional()
    .describe(
      "The AS that the nodes claim to be in towards this peer, in place of `myASN`; 1 to 4294967295. Only for external sessions, and neither `myASN` nor `peerASN`.",
    ),
  peerAddress: peerAddress
    .optional()
    .describe("The IP address of the peer. Either this or `interface` must be set."),
  interface: field.interfaceName
    .optional()
    .describe(
      "The name of an interface of the nodes at whose other end the peer is, found by its IPv6 router advertisements (unnumbered BGP); up to 15 characters.",
    ),
  peerPort: field.port.default(179).describe("The TCP port that the peer listens on; 1 to 65535."),
  sourceAddress: field.address
    .optional()
    .describe(
      "The address of the node to connect from; of the same IP family as `peerAddress`, and only with it. Without it, the system picks one.",
    ),
  routerID: routerID
    .optional()
    .describe(
      "The nodes' BGP identifier, written like an IPv4 address. As it must be different on each node, the peer must be selected for one node only. Without it, a node has its first internal IPv4 address, or a number made of its name.",
    ),
  holdTime: seconds(3, 65535, orOff)
    .optional()
    .describe(
      "How long a session outlives silence, in whole seconds such as `90s` or `1m30s`; 3 s to 65535 s, or `0s` for ever. The smaller one of both sides is used. Without it, three times `keepaliveTime`; without both, 180 s.",
    ),
  keepaliveTime: seconds(1, 21845, orOff)
    .optional()
    .describe(
      "The interval of keepalive messages, in whole seconds such as `30s`; 1 s to 21845 s and at most `holdTime`, of which more than a third counts as a third, or `0s` for none, with a `holdTime` of `0s`. Without it, a third of `holdTime`; without both, 60 s.",
    ),
  connectTime: seconds(1, 65535, noneElse)
    .optional()
    .describe(
      "How long to wait between attempts to connect, in whole seconds such as `10s`; 1 s to 65535 s. Without it, 10 s.",
    ),
  nodeSelectors: selectors.describe(
    "Selects the nodes that have a session with the peer by their labels: one of these 1 to 32 must match. Without it, all nodes.",
  ),
  passwordSecret: z
    .strictObject({
      name: field.objectName.describe("The name of the Secret."),
    })
    .optional()
    .describe(
      "The password of the session (TCP MD5, RFC 2385): a Secret of type `kubernetes.io/basic-auth` in Fairlead's own namespace, of which the key `password` is used. Without it, none.",
    ),
  bfdProfile: field.objectName
    .optional()
    .describe("The name of the BFDProfile by which the loss of the peer is noticed. Without it, no BFD."),
  enableGracefulRestart: z
    .boolean()
    .default(false)
    .describe(
      "Whether the peer is asked to keep the routes while the session is away (RFC 4724), as when the node's BGP daemon is restarted. Of a node that is gone, routes stay for that time too, unless BFD tells. A change holds from the next time a session is established.",
    ),
  ebgpMultiHop: z
    .boolean()
    .default(false)
    .describe("Whether the peer may be more than one hop away. Only for external sessions by address."),
  vrf: field.interfaceName
    .optional()
    .describe(
      "The name of the VRF of the nodes to which the session belongs. Without it, or with `default`, the default one.",
    ),
  dualStackAddressFamily: z
    .boolean()
    .default(false)
    .describe(
      "Whether routes of both IP families are announced over the session. Without it, those of the family of `peerAddress` only, or of both with `interface`.",
    ),
});

type Peer = z.output<typeof fields>;

const isInternal = ({ myASN, peerASN, dynamicASN }: Peer) => dynamicASN === "internal" || peerASN === myASN;
const internalCel =
  "((has(self.dynamicASN) && self.dynamicASN == 'internal') || (has(self.peerASN) && self.peerASN == self.myASN))";

const lengthOf = (text: string) =>
  `(self.${text}.matches('${durationPattern}') ? duration(self.${text}).getSeconds() : 0)`;

const timers = ({ holdTime, keepaliveTime }: Peer) =>
  holdTime === undefined || keepaliveTime === undefined
    ? undefined
    : { hold: secondsIn(holdTime) ?? 0, keepalive: secondsIn(keepaliveTime) ?? 0 };

const rules: Rule<Peer>[] = [
  {
    cel: "has(self.peerASN) != has(self.dynamicASN)",
    message: "must have either peerASN or dynamicASN",
    holds: ({ peerASN, dynamicASN }) => (peerASN === undefined) !== (dynamicASN === undefined),
  },
  {
    cel: "has(self.peerAddress) != has(self.interface)",
    message: "must have either peerAddress or interface",
    holds: (peer) => (peer.peerAddress === undefined) !== (peer.interface === undefined),
  },
  {
    cel: `!has(self.localASN) || (self.localASN != self.myASN && !(has(self.peerASN) && self.localASN == self.peerASN) && !${internalCel})`,
    message: "must be left out for internal sessions, and be neither myASN nor peerASN",
    holds: (peer) =>
      peer.localASN === undefined ||
      (peer.localASN !== peer.myASN && peer.localASN !== peer.peerASN && !isInternal(peer)),
    field: "localASN",
  },
  {
    cel: `!self.ebgpMultiHop || !(has(self.interface) || ${internalCel})`,
    message: "must be left out for internal sessions, which have no such limit, and with interface",
    holds: (peer) => !peer.ebgpMultiHop || (peer.interface === undefined && !isInternal(peer)),
    field: "ebgpMultiHop",
  },
  {
    cel: "!has(self.sourceAddress) || (has(self.peerAddress) && (!isIP(self.sourceAddress) || !isIP(self.peerAddress) || ip(self.sourceAddress).family() == ip(self.peerAddress).family()))",
    message: "must be of the IP family of peerAddress, and be left out without it",
    holds: ({ sourceAddress, peerAddress }) =>
      sourceAddress === undefined ||
      (peerAddress !== undefined && familyOf(sourceAddress) === familyOf(peerAddress)),
    field: "sourceAddress",
  },
  {
    cel: `!has(self.keepaliveTime) || !has(self.holdTime) || ${lengthOf("keepaliveTime")} <= ${lengthOf("holdTime")}`,
    message: "must not be longer than holdTime",
    holds: (peer) => {
      const both = timers(peer);
      return both === undefined || both.keepalive <= both.hold;
    },
    field: "keepaliveTime",
  },
  {
    cel: `!has(self.keepaliveTime) || ${lengthOf("keepaliveTime")} > 0 || (has(self.holdTime) && ${lengthOf("holdTime")} == 0)`,
    message: "must be longer than 0s unless holdTime is 0s: the session would end for lack of keepalives",
    holds: ({ holdTime, keepaliveTime }) =>
      keepaliveTime === undefined ||
      secondsIn(keepaliveTime) !== 0 ||
      (holdTime !== undefined && secondsIn(holdTime) === 0),
    field: "keepaliveTime",
  },
];

export const bgpPeerSpec = withRules(fields, ...rules);

export const bgpPeerStatus = z.strictObject({
  observedGeneration: field.observedGeneration,
  conditions: field.conditions("Accepted, Established, Degraded"),
  nodes: field.count.optional().describe("How many nodes are to have a session with the peer."),
  established: field.count.optional().describe("How many of these sessions are established."),
  sessions: z
    .string()
    .max(32)
    .optional()
    .describe("Both of them for people, such as `2/3`: two of three sessions are established."),
  acceptedSpec: field.acceptedSpec.optional().describe("The spec in force: the last one that was accepted."),
});

export const bgpPeer = z
  .strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal("BGPPeer"),
    metadata: field.metadata,
    spec: bgpPeerSpec.describe("What is wanted."),
    status: bgpPeerStatus.optional().describe("What is the case. Written by the controller."),
  })
  .describe(
    "A router that nodes have BGP sessions with, to announce addresses to it. Nothing is learnt from it.",
  );
