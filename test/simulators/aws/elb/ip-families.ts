/** What listeners and target groups need of the IP address type of their load balancer. */
import type { TargetGroup } from "../state.ts";
import { badConfiguration } from "../wire/aws-error.ts";
import { isUdpLike } from "./protocols.ts";

interface Families {
  readonly ipAddressType: string;
  readonly natPrefixes: string;
}

// CreateListener, Protocol: "You can't specify the UDP, TCP_UDP, QUIC, or TCP_QUIC protocol if dual-stack mode is enabled", but
// with prefixes for source NAT (CreateLoadBalancer, EnablePrefixForIpv6SourceNat).
export function checkDualstack(protocol: string, { ipAddressType, natPrefixes }: Families): void {
  if (isUdpLike(protocol) && ipAddressType === "dualstack" && natPrefixes !== "on")
    throw badConfiguration(
      `A ${protocol} listener on a dualstack load balancer needs EnablePrefixForIpv6SourceNat to be on`,
    );
}

/** Network Load Balancers User Guide, "Listeners": UDP on a dualstack load balancer requires IPv6 target groups. */
export function checkFamily(group: TargetGroup, protocol: string, { ipAddressType }: Families): void {
  if (group.ipAddressType === "ipv6" && ipAddressType !== "dualstack")
    throw badConfiguration(`Target group '${group.arn}' of type ipv6 needs a dualstack load balancer`);
  if (group.ipAddressType === "ipv4" && ipAddressType === "dualstack" && isUdpLike(protocol))
    throw badConfiguration(
      `A ${protocol} listener on a dualstack load balancer needs target groups of type ipv6, unlike '${group.arn}'`,
    );
}
