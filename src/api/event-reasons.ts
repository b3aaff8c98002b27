/** The reasons of Events. Those of the upstream service controller are kept, for tooling looks for them. */

export const eventReasons = {
  /** Upstream: work on the load balancer begins. */
  ensuring: "EnsuringLoadBalancer",
  /** Upstream: the load balancer works. */
  ensured: "EnsuredLoadBalancer",
  /** Upstream: it does not, and the message says why. */
  syncFailed: "SyncLoadBalancerFailed",
  /** Upstream: ports, nodes or addresses of a working load balancer changed. */
  updated: "UpdatedLoadBalancer",
  deleting: "DeletingLoadBalancer",
  deleted: "DeletedLoadBalancer",
  /** An agent: this node announces an address that nobody did. */
  placed: "Placed",
  /** An agent: this node announces an address whose node was gone. */
  tookOver: "TookOver",
  /** An agent: somebody who is no agent has the address. */
  addressInUse: "AddressInUse",
  /** An agent: a node answers for an address that no agent claims. */
  answeredByNode: "AnsweredByNode",
  /** An agent: this node has ended, and nobody took the address. */
  leftWithoutTaker: "LeftWithoutTaker",
  /** An agent: a BGP session was established. */
  sessionEstablished: "BGPSessionEstablished",
  /** An agent: a BGP session was lost. */
  sessionLost: "BGPSessionLost",
} as const;
