/** Why an address is where it is. Pure. */
import type { AnnouncedAddress } from "../../api/announcer.ts";

/** What its agent says, and who else uses the address, where that does not say it already. */
export function whyThere({ message, state, foreignMAC }: AnnouncedAddress): string {
  if (foreignMAC === undefined || state === "Conflict") return message;
  return `${message}; ${foreignMAC}, which is no agent's, uses it too`;
}
