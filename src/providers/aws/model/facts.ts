/** What must be known of a VPC before load balancers in it can be planned: plain JSON, so that it can be kept in a file. */

export type AwsFacts = {
  readonly region: string;
  readonly vpc: {
    readonly id: string;
    /** Associated CIDRs, as AWS writes them: "10.0.0.0/16". */
    readonly ipv4: readonly string[];
    /** Associated CIDRs, as AWS writes them: "2001:db8::/56". */
    readonly ipv6: readonly string[];
  };
  /** All subnets of the VPC. */
  readonly subnets: readonly SubnetFacts[];
  /** Security groups of the VPC, by which names are resolved. */
  readonly securityGroups: readonly {
    readonly id: string;
    /** `GroupName`; the tag `Name` is in `tags`. */
    readonly name: string;
    readonly tags: Readonly<Record<string, string>>;
  }[];
  /** By instance id: the instances behind the nodes of the cluster. One that was not found is missing. */
  readonly instances: Readonly<Record<string, InstanceFacts>>;
};

export type SubnetFacts = {
  readonly id: string;
  /** The tag `Name`. */
  readonly name?: string;
  /** Name of the zone: "eu-west-1a", "us-west-2-lax-1a", "us-east-1-wl1-bos-wlz-1". */
  readonly zone: string;
  readonly cidr: string;
  /** The CIDR whose state is `associated`. */
  readonly ipv6Cidr?: string;
  /** `AvailableIpAddressCount`. */
  readonly freeAddresses: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Whether its route table leads to an internet gateway; null where that was not read, for tags decide. */
  readonly public: boolean | null;
  readonly outpost?: string;
};

export type InstanceFacts = {
  readonly vpc: string;
  /** Of the primary network interface. */
  readonly securityGroups: readonly {
    readonly id: string;
    /** Whether it carries the tag `kubernetes.io/cluster/<name>` of the class's cluster name or, where the class has none, any such tag. */
    readonly clusterTagged: boolean;
  }[];
  readonly privateIps?: readonly string[];
};
