/** A network interface as the kernel has it, and as much of it as announcing needs. Plain data. */

export interface Link {
  readonly name: string;
  /** Given out anew when an interface is made again under the same name. */
  readonly index: number;
  /** Lower case, with colons; empty where there is none. */
  readonly mac: string;
  /** Set up, and with a carrier. */
  readonly up: boolean;
  /** Why nothing is announced on it, in words; absent: it may be. */
  readonly skipped?: string;
  /** Own addresses in canonical form, link-local ones too; those of IPv6 once they are known to be unique. */
  readonly addresses: readonly string[];
  /** The networks that its own addresses are in, as CIDRs, sorted; neither link-local ones nor those of a single address. */
  readonly networks: readonly string[];
  /** Those that are the node's: not those that an agent has bound for a moment, nor those that kube-proxy puts on an interface of its own. */
  readonly own: readonly string[];
  /** Whether it takes part in IPv6. Where it doesn't, addresses of IPv6 are not announced. */
  readonly ipv6: boolean;
}
