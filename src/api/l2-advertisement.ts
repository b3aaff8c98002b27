/** L2Advertisement: its types and where it is served. Loads no schema, for the API server has checked what it serves. */

import type { z } from "zod";
import type { Condition, KubeObject, ObjectMeta, Resource } from "./meta.ts";
import { group, version } from "./names.ts";
import type { l2AdvertisementSpec, l2AdvertisementStatus } from "./schema/l2-advertisement.ts";

export type L2AdvertisementSpec = z.output<typeof l2AdvertisementSpec>;

/** The spec as it may be written: fields that have a default can be left out. */
export type L2AdvertisementSpecInput = z.input<typeof l2AdvertisementSpec>;

export interface L2AdvertisementStatus extends Omit<z.output<typeof l2AdvertisementStatus>, "conditions"> {
  conditions?: Condition[] | undefined;
}

export interface L2Advertisement extends KubeObject {
  metadata: ObjectMeta;
  spec: L2AdvertisementSpec;
  status?: L2AdvertisementStatus | undefined;
}

export const l2Advertisements: Resource<L2Advertisement> = {
  group,
  version,
  plural: "l2advertisements",
  kind: "L2Advertisement",
  namespaced: false,
};
