/** The closed list of condition reasons: what each means, and what the user does about it. `docs/reasons.md` is made of it. */

import type { ConditionType } from "./conditions.ts";
import type { Condition } from "./meta.ts";

/** The kinds that say how addresses are announced. */
type AnnouncingKind = "L2Advertisement" | "BGPAdvertisement" | "BGPPeer" | "BFDProfile" | "Community";

/** A condition type and status that a reason can stand beside, and the kinds it is seen on. */
export interface ReasonPlace {
  readonly type: ConditionType;
  readonly status: Condition["status"];
  readonly kinds: readonly ReasonKind[];
}

/** The kinds whose conditions have these reasons. */
export type ReasonKind =
  | "LoadBalancerClass"
  | "LoadBalancer"
  | "IPAddressPool"
  | "Service"
  | AnnouncingKind
  | "Announcer";

export interface ReasonEntry {
  readonly places: readonly ReasonPlace[];
  /** One sentence: what is the case. */
  readonly meaning: string;
  /** One sentence: what the user does, or that nothing is to be done. */
  readonly remedy: string;
}

type Kinds = ReasonPlace["kinds"];

const frontend: Kinds = ["LoadBalancer", "Service"];
const announcing: readonly AnnouncingKind[] = [
  "L2Advertisement",
  "BGPAdvertisement",
  "BGPPeer",
  "BFDProfile",
  "Community",
];
const selecting: Kinds = ["L2Advertisement", "BGPAdvertisement", "BGPPeer"];

const accepted = (status: Condition["status"], ...kinds: Kinds): ReasonPlace => ({
  type: "Accepted",
  status,
  kinds,
});
const programmed = (status: Condition["status"]): ReasonPlace => ({
  type: "Programmed",
  status,
  kinds: frontend,
});
const established = (status: Condition["status"]): ReasonPlace => ({
  type: "Established",
  status,
  kinds: ["BGPPeer"],
});
const ready = (status: Condition["status"]): ReasonPlace => ({ type: "Ready", status, kinds: ["Announcer"] });
const degraded = (...kinds: Kinds): ReasonPlace => ({ type: "Degraded", status: "True", kinds });

/** `Programmed=False` before the first success; later what was reached stays, and the trouble is `Degraded`. */
const trouble: readonly ReasonPlace[] = [programmed("False"), degraded(...frontend)];
/** Refused: the trouble that comes of it has the same reason. */
const refused: readonly ReasonPlace[] = [accepted("False", "LoadBalancer"), ...trouble];

export const reasons = {
  Accepted: {
    places: [accepted("True", "LoadBalancerClass", "LoadBalancer", "IPAddressPool", ...announcing)],
    meaning: "The object is valid and allowed, and its spec is in force.",
    remedy: "Nothing is to be done.",
  },
  InvalidAnnotation: {
    places: refused,
    meaning: "An annotation of the Service has a value that can't be read.",
    remedy: "Correct the annotation that the message names.",
  },
  InvalidSpec: {
    places: [
      accepted("False", "LoadBalancerClass", "LoadBalancer", "IPAddressPool", ...announcing),
      ...trouble,
    ],
    meaning: "A field of the spec has a value that can't be served, or fields contradict each other.",
    remedy: "Correct the field that the message names.",
  },
  InvalidSettings: {
    places: [accepted("False", "LoadBalancerClass", "LoadBalancer"), ...trouble],
    meaning: "The provider does not accept spec.settings, or one of them may not change any more.",
    remedy: "Correct the setting that the message names; the provider's reference lists them all.",
  },
  ClassNotFound: {
    places: refused,
    meaning: "No LoadBalancerClass of the name that was asked for exists.",
    remedy: "Create the class, or recreate the Service with a class that kubectl get lbclass shows.",
  },
  ClassNotAccepted: {
    places: refused,
    meaning: "The LoadBalancerClass is itself not accepted, and never was.",
    remedy: "Read the Accepted condition of the class and correct the class.",
  },
  ClassDeleted: {
    places: refused,
    meaning: "The LoadBalancerClass was deleted: it serves on what it served, and takes nothing new.",
    remedy: "Use another class; or wait until the class is gone, and create it anew.",
  },
  UnknownProvider: {
    places: [accepted("False", "LoadBalancerClass")],
    meaning: "This controller has no provider of the name in spec.provider.",
    remedy: "Recreate the class with one of the providers that the message lists.",
  },
  ExternalController: {
    places: [accepted("Unknown", "LoadBalancerClass")],
    meaning:
      "No provider of that name runs in this controller: the class is left to another one, which has not answered yet.",
    remedy: "See that the controller of that provider runs; if the name is misspelt, recreate the class.",
  },
  PublicNotAllowed: {
    places: refused,
    meaning: "The class does not let this namespace have external load balancers.",
    remedy: "Ask for scheme internal, or have the namespace added to spec.policy.external of the class.",
  },
  PoolNotAllowed: {
    places: refused,
    meaning: "The class does not let its load balancers use that pool.",
    remedy: "Ask for another pool, or have the pool added to spec.policy.pools of the class.",
  },
  AddressNotAllowed: {
    places: refused,
    meaning: "An address that was asked for, or is held, is outside the ranges that the class allows.",
    remedy: "Ask for an address within spec.policy.ranges of the class, or have the range added there.",
  },
  TooManyLoadBalancers: {
    places: refused,
    meaning: "The class has as many load balancers as it allows, in all or in this namespace.",
    remedy: "Delete one that is not needed, or have spec.policy.maxLoadBalancers of the class raised.",
  },
  HandWrittenNotAllowed: {
    places: refused,
    meaning: "The class does not let this namespace have LoadBalancers without a Service.",
    remedy: "Create a Service instead, or have the namespace added to spec.policy.handWritten of the class.",
  },
  SharingNotAllowed: {
    places: refused,
    meaning: "What it wants to share belongs to another namespace, and the class does not let the two share.",
    remedy: "Use another key, or have both namespaces added to spec.policy.sharing.namespaces of the class.",
  },
  AdoptionNotAllowed: {
    places: refused,
    meaning: "The class does not let this namespace take over that load balancer.",
    remedy:
      "Take fairlead.io/adopt off, or have the namespace and the cloud id added to spec.policy.adoption of the class.",
  },
  DefaultClassConflict: {
    places: [degraded("LoadBalancerClass")],
    meaning: "An older class is the default already, so this one claims no Services without class.",
    remedy: "Set spec.default to false on one of the two.",
  },
  AliasConflict: {
    places: [degraded("LoadBalancerClass")],
    meaning: "An older class has one of the aliases already, so this one claims nothing by that alias.",
    remedy: "Remove the alias that the message names from one of the two.",
  },
  InUse: {
    places: [degraded("LoadBalancerClass")],
    meaning: "The class was deleted, and stays until no LoadBalancer uses it.",
    remedy: "Delete the Services and LoadBalancers of the class; kubectl get lb -A shows them.",
  },
  PoolOverlap: {
    places: [accepted("False", "IPAddressPool")],
    meaning: "A range of the pool overlaps one that another pool has already.",
    remedy: "Take the addresses that the message names out of one of the two.",
  },
  InvalidRange: {
    places: [accepted("False", "IPAddressPool", "LoadBalancerClass")],
    meaning:
      "An entry of the list is no address, no CIDR and no range from a lower to a higher address of one family.",
    remedy: "Correct the entry that the message names.",
  },
  Programmed: {
    places: [programmed("True")],
    meaning: "The load balancer exists as asked for, and its addresses are in status.",
    remedy: "Nothing is to be done.",
  },
  Pending: {
    places: [programmed("False")],
    meaning: "The work has begun and is not finished.",
    remedy: "Wait; if it lasts, look at the Events of the object and at the controller's log.",
  },
  NoSubnets: {
    places: trouble,
    meaning: "The network has no subnet in which this load balancer can stand.",
    remedy: "Mark or name the subnets as the message says; it is looked at again every ten minutes or so.",
  },
  NoPools: {
    places: trouble,
    meaning: "No pool gives addresses to this Service without being asked for by name.",
    remedy: "Create an IPAddressPool, or look at autoAssign and serviceAllocation of those that exist.",
  },
  PoolNotFound: {
    places: trouble,
    meaning: "No accepted pool of the name that was asked for exists.",
    remedy: "Create the pool, correct its name in the request, or see why the pool is not accepted.",
  },
  PoolExhausted: {
    places: trouble,
    meaning: "Every address of the pools that may serve it is taken.",
    remedy: "Add addresses to a pool or delete a Service; the address is then given out by itself.",
  },
  AddressNotInPool: {
    places: trouble,
    meaning: "The address that was asked for is in no pool that may serve it.",
    remedy: "Ask for an address of a pool, or add the address to one.",
  },
  AddressInUse: {
    places: trouble,
    meaning:
      "The address belongs to another Service, and the two do not share; or something on the network that is no node answers for it.",
    remedy:
      "Ask for another address, or give both Services the same fairlead.io/allow-shared-ip key; take it from the device that the message names, or out of the pool.",
  },
  AddressOfNode: {
    places: [programmed("False"), degraded(...frontend, "IPAddressPool")],
    meaning: "An address of a pool is a node's own: it is not given out, and whoever had it before keeps it.",
    remedy:
      "Take what the message names out of the pool, or from the node; a Service that has it moves once it asks for another address.",
  },
  PortConflict: {
    places: trouble,
    meaning: "Another Service already has one of the ports on the shared address.",
    remedy: "Change the port that the message names, or give the Service an address of its own.",
  },
  SharingConflict: {
    places: trouble,
    meaning:
      "The Services on that address have another sharing key, traffic policy or, with policy Local, selector.",
    remedy: "Make key, externalTrafficPolicy and selector equal, or give the Service an address of its own.",
  },
  FamilyUnavailable: {
    places: trouble,
    meaning: "No pool that may serve it has addresses of an IP family that the Service requires.",
    remedy: "Add a pool of that family, or change ipFamilies and ipFamilyPolicy of the Service.",
  },
  GroupConflict: {
    places: trouble,
    meaning:
      "It asks for something else than the Service that leads its group, and the group's one load balancer can't be both.",
    remedy: "Make what the message names equal to that of the leader, or put the Service into another group.",
  },
  Unsupported: {
    places: refused,
    meaning: "The cloud can't do what is asked for, though each setting is right by itself.",
    remedy: "Change one of the settings that the message names.",
  },
  AdoptionRefused: {
    places: trouble,
    meaning:
      "The load balancer to be adopted does not exist, belongs to somebody else, or would have to be replaced.",
    remedy:
      "Correct the cloud id in fairlead.io/adopt, make the fields that the message names equal to what is there, or take the annotation off.",
  },
  Deleting: {
    places: [programmed("False")],
    meaning: "The object was deleted, and what was made for it is being removed.",
    remedy: "Wait; if it lasts, the message says what holds it up.",
  },
  Released: {
    places: trouble,
    meaning: "The load balancer was handed over: it stays in the cloud, and Fairlead changes nothing of it.",
    remedy: "Nothing is to be done; take fairlead.io/release off to have a load balancer made again.",
  },
  Retrying: {
    places: trouble,
    meaning: "The last call failed in a way that passes, such as throttling or a lost connection.",
    remedy:
      "Nothing is to be done: it is tried again by itself, after seconds at first and minutes later, or when the cloud says.",
  },
  Conflict: {
    places: trouble,
    meaning: "Somebody else changed the resource at the same time.",
    remedy: "Nothing is to be done unless it lasts: then find out who else writes to the resource.",
  },
  QuotaExceeded: {
    places: trouble,
    meaning: "A quota of the cloud account is used up.",
    remedy:
      "Have the quota that the message names raised, or free some of it; it is tried again every ten minutes or so.",
  },
  PermissionDenied: {
    places: trouble,
    meaning: "The cloud, or the API server, refused a call of the controller for lack of permission.",
    remedy:
      "Give the controller's role the permission that the message names, or run it as the ServiceAccount that has it.",
  },
  MissingReference: {
    places: [programmed("False"), degraded(...frontend, ...selecting)],
    meaning: "Something that the object names, such as a subnet, a certificate or a pool, does not exist.",
    remedy: "Create what the message names or correct the name; it is tried again every ten minutes or so.",
  },
  RejectedByCloud: {
    places: trouble,
    meaning: "The cloud called the request invalid.",
    remedy: "Correct what the message names: it is tried again after the next edit.",
  },
  Gone: {
    places: trouble,
    meaning: "A cloud resource that was made for the object was deleted by somebody else.",
    remedy: "Nothing is to be done unless it happens again: then find out who deletes it.",
  },
  ReplacementNotAcknowledged: {
    places: trouble,
    meaning: "The change needs a new load balancer with another address or DNS name.",
    remedy: "Set fairlead.io/acknowledge-replacement to the plan id in the message, or undo the change.",
  },
  AsExpected: {
    places: [
      {
        type: "Degraded",
        status: "False",
        kinds: ["LoadBalancerClass", "LoadBalancer", "IPAddressPool", ...announcing],
      },
    ],
    meaning: "Everything works as asked for.",
    remedy: "Nothing is to be done.",
  },
  AddressOutsidePool: {
    places: [degraded(...frontend)],
    meaning: "The address is in no pool any more; it is kept and served as before.",
    remedy: "Put the address back into a pool, or recreate the Service to get another one.",
  },
  RequestedAddressUnavailable: {
    places: [degraded(...frontend)],
    meaning: "Another address or pool was asked for and can't be had; the address held so far is kept.",
    remedy: "Ask for one that is free and allowed, or take the request back.",
  },
  SecondFamilyUnavailable: {
    places: [degraded(...frontend)],
    meaning: "The Service prefers dual stack, and no pool has a free address of its second family.",
    remedy: "Add a pool of that family, or set ipFamilyPolicy to SingleStack.",
  },
  NoBackends: {
    places: [degraded(...frontend)],
    meaning: "The load balancer stands, but no node or endpoint can take its traffic.",
    remedy:
      "See that the Service's pods are ready, and that nodes are ready and not excluded by their labels.",
  },
  UnknownAnnotation: {
    places: [degraded(...frontend)],
    meaning: "The Service has an annotation under a prefix of ours that means nothing to us.",
    remedy: "Correct its name as the message proposes, or remove it.",
  },
  IgnoredAnnotation: {
    places: [degraded(...frontend)],
    meaning:
      "An annotation of the Service is known, and it or its value has no effect: another setting decides, or there is nothing that it could do.",
    remedy: "Remove it, or do what the message says.",
  },
  ForeignStatusWriter: {
    places: [degraded(...frontend)],
    meaning: "Another controller keeps writing the status of the Service.",
    remedy:
      "Set the Service's loadBalancerClass to one that only Fairlead serves, or stop the other controller.",
  },
  SpecRefused: {
    places: [degraded(...frontend, ...announcing)],
    meaning: "The last edit was not accepted; what was accepted before it stays in force.",
    remedy: "Correct what the Accepted condition names, or undo the edit.",
  },
  Drifted: {
    places: [degraded(...frontend)],
    meaning:
      "The cloud resources differ from what was applied, and the class says to report and not to repair.",
    remedy: "Undo the change that the message names, or set the class's drift policy to Repair.",
  },
  PoolNotAdvertised: {
    places: [degraded(...frontend, "IPAddressPool")],
    meaning: "No advertisement selects the pool, so that nobody announces its addresses.",
    remedy:
      "Let an L2Advertisement or a BGPAdvertisement select the pool; spec.advertise does not count once one has.",
  },
  NoFitNode: {
    places: [degraded(...frontend, ...selecting), established("False")],
    meaning: "None of the nodes that are selected has an agent that can do what is asked for.",
    remedy: "See that fairlead agent runs on these nodes and can do what the message names.",
  },
  NotAnnounced: {
    places: [degraded(...frontend)],
    meaning: "No node announces the address, so that nobody on the network can reach it.",
    remedy: "Do what the message says; fairlead explain says for every node why it does not.",
  },
  SelectsNothing: {
    places: [degraded(...selecting)],
    meaning: "Something that it selects by name or labels does not exist, so that it has no effect.",
    remedy: "Correct the selection that the message names, or create or label what it is to select.",
  },
  NameConflict: {
    places: [accepted("False", "Community"), degraded("Community")],
    meaning: "Another object gives one of the names already.",
    remedy: "Take the name that the message quotes out of one of the two.",
  },
  PeerConflict: {
    places: [accepted("False", "BGPPeer"), degraded("BGPPeer")],
    meaning:
      "One node can't have this session beside that of another BGPPeer, or several nodes can't have it alike.",
    remedy: "Change what the message names in one of the two, or let them select different nodes.",
  },
  RouteConflict: {
    places: [accepted("False", "BGPAdvertisement"), degraded("BGPAdvertisement")],
    meaning: "Another BGPAdvertisement gives the same routes another local preference.",
    remedy: "Make localPref of both equal, or let them select different pools, nodes or peers.",
  },
  AggregateTooWide: {
    places: [accepted("False", "BGPAdvertisement"), degraded("BGPAdvertisement")],
    meaning: "A route of that length would cover addresses outside the pool.",
    remedy: "Raise aggregationLength to what the message names, or have the pool hold whole prefixes.",
  },
  NodeRefuses: {
    places: [degraded(...announcing)],
    meaning: "On some nodes the object can't be served as it is; on the others it is.",
    remedy: "Do what the message says; it names the nodes.",
  },
  Established: {
    places: [established("True")],
    meaning: "Every node that is to have a session with the peer has it.",
    remedy: "Nothing is to be done.",
  },
  PeerDown: {
    places: [established("False")],
    meaning: "Some nodes, or all, have no session with the peer.",
    remedy: "See that the peer can be reached from the nodes that the message names, and expects them.",
  },
  Ready: {
    places: [ready("True")],
    meaning: "The agent takes its part in announcing addresses.",
    remedy: "Nothing is to be done.",
  },
  Starting: {
    places: [ready("False")],
    meaning: "The agent has started, and takes no address before it knows what others have.",
    remedy: "Nothing is to be done unless it lasts: then read the log of the agent.",
  },
  Leaving: {
    places: [ready("False")],
    meaning: "The agent was told to end, and hands over what it has.",
    remedy: "Nothing is to be done: it is ready again once it is started again.",
  },
  CapabilityMissing: {
    places: [ready("False")],
    meaning: "The agent lacks something on this node that it needs to do its part.",
    remedy: "Give it what the message names, such as a capability of Linux or a program.",
  },
} as const satisfies Record<string, ReasonEntry>;

/** One of the listed reasons. */
export type Reason = keyof typeof reasons;

/** Whether the word is one of the listed reasons; providers elsewhere may write others. */
export function isReason(word: string): word is Reason {
  return Object.hasOwn(reasons, word);
}
