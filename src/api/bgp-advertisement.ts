/** BGPAdvertisement: its types and where it is served. Loads no schema, for the API server has checked what it serves. */

import type { z } from "zod";
import type { Condition, KubeObject, ObjectMeta, Resource } from "./meta.ts";
import { group, version } from "./names.ts";
import type { bgpAdvertisementSpec, bgpAdvertisementStatus } from "./schema/bgp-advertisement.ts";

export type BGPAdvertisementSpec = z.output<typeof bgpAdvertisementSpec>;

/** The spec as it may be written: fields that have a default can be left out. */
export type BGPAdvertisementSpecInput = z.input<typeof bgpAdvertisementSpec>;

export interface BGPAdvertisementStatus extends Omit<z.output<typeof bgpAdvertisementStatus>, "conditions"> {
  conditions?: Condition[] | undefined;
}

export interface BGPAdvertisement extends KubeObject {
  metadata: ObjectMeta;
  spec: BGPAdvertisementSpec;
  status?: BGPAdvertisementStatus | undefined;
}

export const bgpAdvertisements: Resource<BGPAdvertisement> = {
  group,
  version,
  plural: "bgpadvertisements",
  kind: "BGPAdvertisement",
  namespaced: false,
};
