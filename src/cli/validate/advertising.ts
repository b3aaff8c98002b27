/** Advertisements, peers and communities of manifests, looked at together as the controller does. Pure. */

import { judgeAdvertising } from "../../controllers/advertising/judge.ts";
import { identified } from "../../controllers/offline/identified.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import { poolsInForce } from "../../providers/bare-metal/pools.ts";
import type { Interpreted, ManifestProblem, Place } from "../manifests/interpret.ts";
import { objectsOf } from "../manifests/interpret.ts";

const kinds = ["l2Advertisements", "bgpAdvertisements", "bgpPeers", "bfdProfiles", "communities"] as const;

/**
 * What of a kind is named and not among the manifests is told only where others of that kind are: manifests are often a part of what a
 * cluster has. Nodes and agents are not looked for.
 */
export function advertisingProblems(read: Interpreted): ManifestProblem[] {
  const objects = identified(objectsOf(read));
  const has = (kind: keyof Interpreted["objects"]) => read.objects[kind].length > 0;
  const { verdicts } = poolsInForce(objects.pools, objects.namespaces);
  const pools = objects.pools.map((pool) =>
    verdicts.get(pool.metadata.name ?? "")?.accepted === true
      ? { ...pool, status: { ...pool.status, acceptedSpec: { ...pool.spec } } }
      : pool,
  );
  const judged = judgeAdvertising(
    {
      l2Advertisements: objects.l2Advertisements ?? [],
      bgpAdvertisements: objects.bgpAdvertisements ?? [],
      bgpPeers: objects.bgpPeers ?? [],
      bfdProfiles: objects.bfdProfiles ?? [],
      communities: objects.communities ?? [],
      pools: has("pools") ? pools : undefined,
      nodes: undefined,
      announcers: undefined,
    },
    {
      bgpPeers: has("bgpPeers"),
      bfdProfiles: has("bfdProfiles"),
      communities: has("communities"),
    },
  );
  return kinds.flatMap((kind) =>
    read.objects[kind].flatMap(({ place }) => {
      const { refusal, flaws = [] } = judged[kind].get(place.name ?? "") ?? {};
      return [
        ...(refusal === undefined ? [] : [asProblem(place, "error", refusal)]),
        ...flaws.map((flaw) => asProblem(place, "warning", flaw)),
      ];
    }),
  );
}

/** Messages begin with the field, where it is one. */
function asProblem(
  place: Place,
  severity: ManifestProblem["severity"],
  { message }: Finding,
): ManifestProblem {
  const [, field = "spec", rest = message] = /^(spec\.\w+): (.*)$/s.exec(message) ?? [];
  return { ...place, severity, field, message: rest };
}
