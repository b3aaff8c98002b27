/** Gives objects from manifests what only the API server gives: an age, by their order, and a UID. Pure. */
import { createHash } from "node:crypto";
import type { Service } from "../../api/kubernetes.ts";
import type { KubeObject } from "../../api/meta.ts";
import { withNodePorts } from "./node-ports.ts";
import type { Objects } from "./object-store.ts";

export interface Identified extends Required<Objects> {
  /** Node ports that stand for those that the API server will give. */
  readonly nodePortStandIns: readonly number[];
}

/**
 * An object with a creationTimestamp is older than all without; of those, one that stands earlier is the older one. The
 * UID of a Service that has none is the one by which LoadBalancers name it, so that they stay its own.
 */
export function identified(objects: Objects): Identified {
  const uids = new Map(
    objects.loadBalancers.flatMap(({ metadata, spec }) =>
      spec.serviceRef === undefined
        ? []
        : [[`${metadata.namespace}/${spec.serviceRef.name}`, spec.serviceRef.uid] as const],
    ),
  );
  const withIdentity = <T extends KubeObject>(all: readonly T[]) => all.map(identify);
  const servicesIdentified = objects.services.map((service, index): Service => {
    const { namespace, name } = service.metadata;
    const uid = service.metadata.uid ?? uids.get(`${namespace}/${name}`);
    return identify({ ...service, metadata: { ...service.metadata, uid } }, index);
  });
  const { services, standIns } = withNodePorts(servicesIdentified, objects.loadBalancers);
  return {
    services,
    nodePortStandIns: standIns,
    namespaces: withIdentity(objects.namespaces),
    classes: withIdentity(objects.classes),
    pools: withIdentity(objects.pools),
    loadBalancers: withIdentity(objects.loadBalancers),
    nodes: withIdentity(objects.nodes ?? []),
    endpointSlices: withIdentity(objects.endpointSlices ?? []),
    l2Advertisements: withIdentity(objects.l2Advertisements ?? []),
    bgpAdvertisements: withIdentity(objects.bgpAdvertisements ?? []),
    bgpPeers: withIdentity(objects.bgpPeers ?? []),
    bfdProfiles: withIdentity(objects.bfdProfiles ?? []),
    communities: withIdentity(objects.communities ?? []),
  };
}

function identify<T extends KubeObject>(object: T, index: number): T {
  const { creationTimestamp, uid, namespace, name } = object.metadata;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      // Sorts, as text, after every real one.
      creationTimestamp: creationTimestamp ?? `9999-${String(index).padStart(9, "0")}`,
      uid: uid ?? standInUid(`${object.kind}/${namespace ?? ""}/${name}`),
    },
  };
}

/** The same for the same object each time, and in the form of a real one, for names are made from its beginning. */
function standInUid(text: string): string {
  const hash = createHash("sha256").update(text).digest("hex");
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    hash.slice(12, 16),
    hash.slice(16, 20),
    hash.slice(20, 32),
  ].join("-");
}
