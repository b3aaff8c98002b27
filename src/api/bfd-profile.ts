/** BFDProfile: its types and where it is served. Loads no schema, for the API server has checked what it serves. */

import type { z } from "zod";
import type { Condition, KubeObject, ObjectMeta, Resource } from "./meta.ts";
import { group, version } from "./names.ts";
import type { bfdProfileSpec, bfdProfileStatus } from "./schema/bfd-profile.ts";

export type BFDProfileSpec = z.output<typeof bfdProfileSpec>;

/** The spec as it may be written: fields that have a default can be left out. */
export type BFDProfileSpecInput = z.input<typeof bfdProfileSpec>;

export interface BFDProfileStatus extends Omit<z.output<typeof bfdProfileStatus>, "conditions"> {
  conditions?: Condition[] | undefined;
}

export interface BFDProfile extends KubeObject {
  metadata: ObjectMeta;
  spec: BFDProfileSpec;
  status?: BFDProfileStatus | undefined;
}

export const bfdProfiles: Resource<BFDProfile> = {
  group,
  version,
  plural: "bfdprofiles",
  kind: "BFDProfile",
  namespaced: false,
};
