/** What is amiss by now with how addresses are announced: the controller tells it as a condition, once it has lasted. By its own code. Pure. */

import type { Announcer } from "../../api/announcer.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { advertisedBy, advertisingInForce } from "../../controllers/announcements/advertised-by.ts";
import {
  type AddressProblem,
  addressProblem,
  findingsOf,
  SEE_EXPLAIN,
} from "../../controllers/announcements/problem.ts";
import { seenOf } from "../../controllers/announcements/seen.ts";
import { ownerKey } from "../../controllers/indexes.ts";
import type { Objects } from "../../controllers/offline/plan-objects.ts";
import { agentSummary } from "../output/agent-row.ts";
import type { AnnouncingObjects } from "./announcing-objects.ts";

const UNKNOWN =
  "why is not known here, for you may not list Nodes; the ClusterRole fairlead-inspect allows it";

/** One sentence for all addresses of which the same is to be said. Empty where all are announced, or are not to be. */
export function unannounced(
  lb: LoadBalancer,
  announcing: AnnouncingObjects,
  { pools }: Pick<Objects, "pools">,
  nowMs: number,
): string[] {
  const { announcers, leases, nodes, sharers, services } = announcing;
  const isSilent = (announcer: Announcer) => agentSummary(announcer, leases, nowMs).state === "Silent";
  const alive = announcers.filter((each) => !isSilent(each));
  const silent = announcers.filter(isSilent).map(({ metadata }) => metadata.name ?? "");
  const inForce = advertisingInForce({ ...announcing, pools });
  const labelsOf = (each: LoadBalancer) => {
    const owner = ownerKey(each);
    return owner === undefined ? each.metadata.labels : services.get(owner)?.metadata.labels;
  };
  const problems = (lb.status?.addresses ?? []).flatMap(({ ip, pool }): AddressProblem[] => {
    if (ip === undefined) return [];
    const sharing = sharers.filter(({ status }) => status?.addresses?.some((each) => each.ip === ip));
    const problem = addressProblem({
      address: ip,
      pool,
      advertised: advertisedBy(pool, sharing.map(labelsOf), inForce),
      seen: seenOf(ip, alive),
      policy: lb.spec.externalTrafficPolicy ?? "Cluster",
      announcers: alive,
      silent,
      labelsOf: (name) => nodes?.find(({ metadata }) => metadata.name === name)?.metadata.labels,
    });
    if (problem === undefined) return [];
    // Whom an advertisement selects can't be told without the labels of the nodes.
    const isGuess = nodes === undefined && problem.is === "silent" && problem.reason === "NoFitNode";
    return [isGuess ? { ...problem, why: UNKNOWN } : problem];
  });
  return findingsOf(problems).map(({ message }) =>
    message.replace(SEE_EXPLAIN, "; the lines of the nodes above say of each why it does not"),
  );
}
