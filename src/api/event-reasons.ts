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
  /** An agent: this node announces an address that another did before. */
  addressTakenOver: "AddressTakenOver",
  /** An agent: somebody who is no agent answers for an address. */
  addressInUse: "AddressInUse",
  /** An agent: a BGP session was established. */
  sessionEstablished: "BGPSessionEstablished",
  /** An agent: a BGP session was lost. */
  sessionLost: "BGPSessionLost",
} as const;
