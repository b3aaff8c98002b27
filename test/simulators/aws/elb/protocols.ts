/** The protocols of listeners and target groups of Network Load Balancers. */

export const protocols = ["TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"] as const;
export type Protocol = (typeof protocols)[number];

/** Network Load Balancers User Guide, "Target groups: routing configuration": which groups a listener may forward to. */
const groupsOf: Readonly<Record<Protocol, readonly Protocol[]>> = {
  TCP: ["TCP", "TCP_UDP"],
  TLS: ["TCP", "TLS"],
  UDP: ["UDP", "TCP_UDP"],
  TCP_UDP: ["TCP_UDP"],
  QUIC: ["QUIC", "TCP_QUIC"],
  TCP_QUIC: ["TCP_QUIC"],
};

export function mayForward(listener: string, group: string): boolean {
  return groupsOf[listener as Protocol]?.includes(group as Protocol) ?? false;
}

/** Whether it carries UDP: alone, with TCP, or as QUIC. */
export function isUdpLike(protocol: string): boolean {
  return protocol !== "TCP" && protocol !== "TLS";
}

export function isQuic(protocol: string): boolean {
  return protocol === "QUIC" || protocol === "TCP_QUIC";
}

/** moto knows no QUIC; it gets what is nearest. */
export function knownToMoto(protocol: string): string {
  return protocol.replace("QUIC", "UDP");
}
