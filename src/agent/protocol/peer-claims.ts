/** Applies what a peer tells of its claims: datagrams may be lost, come late, twice, or in another order. */
import type { ClaimNews } from "./heartbeat-message.ts";
import { isComplete, type Peer } from "./peer.ts";

/** The addresses whose claim changed. */
export function applyNews(peer: Peer, news: ClaimNews): ReadonlySet<string> {
  const changed = new Set<string>();
  peer.newest = Math.max(peer.newest, news.newest);
  const isKnown = (address: string, version: number): boolean =>
    version <= (peer.claims.get(address)?.version ?? 0);
  for (const { address, epoch, version, offeredTo } of news.claimed) {
    // What is older than `version` and not known here has been withdrawn since.
    if (isKnown(address, version) || version <= peer.version) continue;
    peer.claims.set(address, { epoch, version, offeredTo });
    changed.add(address);
  }
  for (const { address, version } of news.withdrawn) {
    if (version <= peer.version || isKnown(address, version)) continue;
    if (peer.claims.delete(address)) changed.add(address);
  }
  forgetUnlisted(peer, news, changed);
  if (news.from <= peer.version) peer.version = Math.max(peer.version, news.to);
  if (isComplete(peer)) forgetAssumed(peer, changed);
  return changed;
}

/** What is not listed in its stretch is not in force any more, or has moved behind it. */
function forgetUnlisted(peer: Peer, { claimed, from, to }: ClaimNews, changed: Set<string>): void {
  if (to === from) return;
  const listed = new Set(claimed.map(({ address }) => address));
  for (const [address, { version }] of peer.claims) {
    if (version <= from || version > to || listed.has(address)) continue;
    peer.claims.delete(address);
    changed.add(address);
  }
}

function forgetAssumed(peer: Peer, changed: Set<string>): void {
  for (const [address, { version }] of peer.claims) {
    if (version > 0) continue;
    peer.claims.delete(address);
    changed.add(address);
  }
}
