/** Community: its types and where it is served. Loads no schema, for the API server has checked what it serves. */

import type { z } from "zod";
import type { Condition, KubeObject, ObjectMeta, Resource } from "./meta.ts";
import { group, version } from "./names.ts";
import type { communitySpec, communityStatus } from "./schema/community.ts";

export type CommunitySpec = z.output<typeof communitySpec>;

/** The spec as it may be written: fields that have a default can be left out. */
export type CommunitySpecInput = z.input<typeof communitySpec>;

export interface CommunityStatus extends Omit<z.output<typeof communityStatus>, "conditions"> {
  conditions?: Condition[] | undefined;
}

export interface Community extends KubeObject {
  metadata: ObjectMeta;
  spec: CommunitySpec;
  status?: CommunityStatus | undefined;
}

export const communities: Resource<Community> = {
  group,
  version,
  plural: "communities",
  kind: "Community",
  namespaced: false,
};
