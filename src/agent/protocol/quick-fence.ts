/**
 * The quick fence: who heard several others, and hears none of them any more, asks the API server at once. If that does not answer either,
 * it is cut off, and stops before the others can have taken its place.
 */
import type { Agent } from "./agent.ts";
import { haveOthersEnded } from "./leases.ts";
import { apiAgainMs, apiAgainMsEach, apiAskMs, apiLostMs, cutOffMs, lostTogetherMs } from "./times.ts";

/** Asks the API server when that is due. */
export function askApiInSilence(agent: Agent): void {
  if (agent.now < apiAskAt(agent) || !hasLostSeveral(agent)) return;
  agent.apiAskedAt = agent.now;
  agent.effects.push({ kind: "api-wanted" });
}

/** Several others were heard, nobody is, and the API server was not reached in time. */
export function isCutOffFromAll(agent: Agent): boolean {
  return agent.heardUntil >= quickFenceAt(agent) && hasLostSeveral(agent);
}

/** When the next of the two is due if nothing happens before. */
export function nextInSilence(agent: Agent): number {
  const askAt = apiAskAt(agent);
  if (agent.now >= agent.heardAt + apiAskMs && !hasLostSeveral(agent)) return Number.POSITIVE_INFINITY;
  const fenceAt = quickFenceAt(agent);
  return agent.heardUntil >= fenceAt ? askAt : Math.min(askAt, fenceAt);
}

function apiAskAt({ apiAskedAt, heardAt, world }: Agent): number {
  if (apiAskedAt <= heardAt) return heardAt + apiAskMs;
  return apiAskedAt + againMs(world?.nodes.length);
}

/**
 * Only what was sent after the first time to ask counts. An earlier request may have been answered before the cut: that comes after
 * the last heartbeat, and before the next.
 */
function quickFenceAt({ api, heardAt, world }: Agent): number {
  if (api === undefined || api.reachedAt < heardAt + apiAskMs) return heardAt + cutOffMs;
  return api.reachedAt + Math.max(apiLostMs, 3 * againMs(world?.nodes.length));
}

/** So that all nodes together, when no heartbeat gets through anywhere, do not ask too often. */
function againMs(nodes = 0): number {
  return Math.max(apiAgainMs, nodes * apiAgainMsEach);
}

/** Of two nodes neither can be told to be the one that is cut off: they have their Leases. */
function hasLostSeveral(agent: Agent): boolean {
  let several = 0;
  for (const { heardAt } of agent.peers.values()) if (agent.heardAt - heardAt < lostTogetherMs) several += 1;
  return several > 1 && !haveOthersEnded(agent);
}
