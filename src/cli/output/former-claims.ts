/** What agents still say of processes before them, and others have answered already. Pure. */
import type { AnnouncedAddress, Announcer } from "../../api/announcer.ts";

/**
 * An agent that was started anew keeps for ten seconds on record what the process before it claimed. Where another node has claimed the
 * address since, that is history: as if it was not said.
 */
export function withoutFormerClaims(announcers: readonly Announcer[]): Announcer[] {
  const claimed = new Map<string, number>();
  for (const { status } of announcers) {
    for (const { address, epoch, state } of status?.addresses ?? [])
      if (state === "Announcing" || state === "Offering")
        claimed.set(address, Math.max(claimed.get(address) ?? 0, epoch));
  }
  const counts = ({ reason, address, epoch }: AnnouncedAddress) =>
    reason !== "Restarted" || (claimed.get(address) ?? 0) <= epoch;
  return announcers.map((announcer) => {
    const { status } = announcer;
    return status?.addresses === undefined
      ? announcer
      : { ...announcer, status: { ...status, addresses: status.addresses.filter(counts) } };
  });
}
