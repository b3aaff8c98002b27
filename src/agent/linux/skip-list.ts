/** Which interfaces are left alone, and why. Pure. */

/** What decides it, of one interface. */
export interface InterfaceTraits {
  readonly name: string;
  readonly isEthernet: boolean;
  readonly isLoopback: boolean;
  readonly hasArp: boolean;
  readonly hasBroadcast: boolean;
  /** The interface that it is a port of (bridge, bond, team, Open vSwitch): frames count as that one's. A VRF is none such. */
  readonly master: string | undefined;
}

/** Interfaces of container engines, virtual machines and network plugins: names by which they go everywhere. */
const usualSkips: readonly string[] = [
  "^lo$",
  "^docker.*",
  "^br-[0-9a-f]{12}$",
  "^cbr.*",
  "^cni.*",
  "^dummy.*",
  "^virbr.*",
  "^lxcbr.*",
  "^lxc.*",
  "^veth.*",
  "^cali.*",
  "^vxlan.calico$",
  "^vxlan-v6.calico$",
  "^tunl.*",
  "^flannel.*",
  "^cilium_.*",
  "^antrea-.*",
  "^weave.*",
  "^kube-ipvs.*",
  "^kube-bridge$",
  "^nodelocaldns.*",
];

/** @throws SyntaxError for what is no regular expression */
export function compileSkipList(patterns: readonly string[] = usualSkips): readonly RegExp[] {
  return patterns.map((pattern) => new RegExp(pattern));
}

/** Why nothing is announced on an interface, in words that go on from its name; undefined: nothing speaks against it. */
export function whySkipped(traits: InterfaceTraits, skipList: readonly RegExp[]): string | undefined {
  if (traits.isLoopback) return "is a loopback interface";
  if (!traits.isEthernet) return "is not an Ethernet interface";
  if (traits.master !== undefined) return `is a port of ${traits.master}`;
  const pattern = skipList.find((one) => one.test(traits.name));
  if (pattern !== undefined) return `matches ${pattern.source} of the interfaces to skip`;
  if (!traits.hasArp) return "does without ARP (flag NOARP)";
  if (!traits.hasBroadcast) return "has no broadcast";
  return undefined;
}
