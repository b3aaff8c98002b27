/** What a lab's parts are called. Every name says which lab it belongs to, so that several run at once and each removes its own only. */

const prefix = "fls";

/** Of the network namespace of a host. */
export function namespaceOf(index: number, host: string): string {
  return `${namespacePrefix(index)}${host}`;
}

export function namespacePrefix(index: number): string {
  return `${prefix}${index}-`;
}

/** The bridge in the machine's own namespace by which nodes reach the API server. */
export function bridgeOf(index: number): string {
  return `${prefix}${index}`;
}

/** The bridge's end of a node's cable to it. */
export function managementPortOf(index: number, node: number): string {
  return `${bridgeOf(index)}m${node}`;
}

/** Whether a link of the machine's own namespace is the lab's. */
export function isLinkOf(index: number, link: string): boolean {
  return link === bridgeOf(index) || link.startsWith(`${bridgeOf(index)}m`);
}

/** In a network kept for tests of devices (RFC 2544), which no machine should have in use. The bridge is host 1. */
export function managementAddress(index: number, host: number): string {
  return `198.18.${index}.${host}`;
}
