/** The addresses that a Node says are its own. Pure. */
import type { Node } from "../../api/kubernetes.ts";
import type { IPAddress } from "../../core/ip/address.ts";
import { readAddresses } from "./requests.ts";

/** `InternalIP` and `ExternalIP` of `status.addresses`; names, and what can't be read as an address, are left out. */
export function ownAddresses({ status }: Node): IPAddress[] {
  const own = status?.addresses?.filter(({ type }) => type === "InternalIP" || type === "ExternalIP") ?? [];
  return readAddresses(own.map(({ address }) => address));
}
