/** What the agents of nodes may do. Which objects they may write is narrowed further by their nodes: see `agent-admission.ts`. */

import { group } from "../names.ts";
import { type Permission, read } from "./permission.ts";

/** All that an agent may do, but for passwords. */
export const agentPermissions: readonly Permission[] = [
  {
    group,
    resources: ["loadbalancers"],
    verbs: read,
    scope: "watched",
    why: "To know which addresses were given out.",
  },
  {
    group,
    resources: [
      "loadbalancerclasses",
      "ipaddresspools",
      "l2advertisements",
      "bgpadvertisements",
      "bgppeers",
      "bfdprofiles",
      "communities",
    ],
    verbs: read,
    scope: "cluster",
    why: "To know how, where and to whom addresses are to be announced.",
  },
  {
    group: "",
    resources: ["nodes"],
    verbs: read,
    scope: "cluster",
    why: "To know which nodes advertisements select, which are excluded or drained, and where their agents are reached.",
  },
  {
    group: "",
    resources: ["services"],
    verbs: read,
    scope: "watched",
    why: "To match serviceSelectors with the labels of Services; looked at only once an advertisement has some.",
  },
  {
    group: "discovery.k8s.io",
    resources: ["endpointslices"],
    verbs: read,
    scope: "watched",
    why: "To announce on nodes that have an endpoint, as externalTrafficPolicy Local wants it.",
  },
  {
    group: "",
    resources: ["namespaces"],
    verbs: ["get"],
    names: ["kube-system"],
    scope: "cluster",
    why: "To tell clusters on one network apart by the UID of kube-system.",
  },
  {
    group,
    resources: ["announcers"],
    verbs: [...read, "create", "patch"],
    scope: "cluster",
    why: "To know what other agents announce, and to make the Announcer of its own node.",
  },
  {
    group,
    resources: ["announcers/status"],
    verbs: ["patch"],
    scope: "cluster",
    why: "To record what its node announces.",
  },
  {
    group: "",
    resources: ["events"],
    verbs: ["create", "patch"],
    scope: "watched",
    why: "To tell of addresses that were taken over or that somebody else has.",
  },
  {
    group: "coordination.k8s.io",
    resources: ["leases"],
    verbs: ["get", "create", "update"],
    scope: "own",
    why: "To hold the Lease of its node, and to see whether others hold theirs.",
  },
];

/**
 * What an agent may do besides where BGPPeers name passwords. Whoever has got hold of a node has what its agent may read, so these are
 * Secrets by their names, and nothing where there are none.
 */
export const passwordPermissions: readonly Permission[] = [
  {
    group: "",
    resources: ["secrets"],
    verbs: ["get"],
    names: ["bgp-rack-a", "bgp-rack-b"],
    scope: "own",
    why: "To read the passwords that BGPPeers name: put the names of yours here.",
  },
];
