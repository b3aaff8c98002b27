/** The hosts of a lab and their addresses. Each lab has the same, in namespaces of its own. */

/** A network interface of a host on the switch. */
export interface Host {
  readonly name: string;
  /** Of eth0. */
  readonly mac: string;
  readonly ipv4: string;
  readonly ipv6: string;
}

export interface NodeHost extends Host {
  readonly number: number;
  /** Of mgmt0, which leads to the API server and nowhere else. */
  readonly managementMac: string;
  readonly pod: PodHost;
}

/** Where pods of a node run: a namespace behind it. */
export interface PodHost {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
  /** The node's addresses on the cable to it. */
  readonly gateway4: string;
  readonly gateway6: string;
}

/** The clients' own network: what is given out of it is asked for by ARP and neighbour discovery. */
export const prefix4 = 16;
export const prefix6 = 64;
export const vipRange4 = "10.77.200.0/24";
export const vipRange6 = "fd77::200:0/120";
/** Of all pods. */
export const podRanges = ["10.244.0.0/16", "fd00:10:244::/56"] as const;

export function nodeHost(number: number): NodeHost {
  return {
    ...host(`node${number}`, 10 + number),
    number,
    managementMac: macOf(1, 10 + number),
    pod: {
      name: `pod${number}`,
      ipv4: `10.244.${number}.2`,
      ipv6: `fd00:10:244:${number}::2`,
      gateway4: `10.244.${number}.1`,
      gateway6: `fd00:10:244:${number}::1`,
    },
  };
}

export const clientHosts = ["warm", "cold", "arp"].map((name, index) => host(name, 101 + index));
export const backendHost = host("backend", 201);

function host(name: string, number: number): Host {
  return { name, mac: macOf(0, number), ipv4: `10.77.0.${number}`, ipv6: `fd77::${number}` };
}

/** Locally administered. */
function macOf(network: number, number: number): string {
  return `02:77:00:00:${pair(network)}:${pair(number)}`;
}

function pair(number: number): string {
  return number.toString(16).padStart(2, "0");
}
