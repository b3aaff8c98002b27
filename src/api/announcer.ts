/** Announcer: its types and where it is served. Loads no schema, for the API server has checked what it serves. */

import type { z } from "zod";
import type { Condition, KubeObject, ObjectMeta, Resource } from "./meta.ts";
import { group, version } from "./names.ts";
import type { announcerStatus } from "./schema/announcer.ts";

export interface AnnouncerStatus extends Omit<z.output<typeof announcerStatus>, "conditions"> {
  conditions?: Condition[] | undefined;
}

export interface Announcer extends KubeObject {
  metadata: ObjectMeta;
  status?: AnnouncerStatus | undefined;
}

/** What an Announcer says of one address on layer 2. */
export type AnnouncedAddress = NonNullable<AnnouncerStatus["addresses"]>[number];

/** What an Announcer says of one network interface. */
export type AnnouncerInterface = NonNullable<AnnouncerStatus["interfaces"]>[number];

/** Something that an agent can do on its node, or can't. */
export type AnnouncerCapability = NonNullable<AnnouncerStatus["capabilities"]>[number];

/** What an Announcer says of BGP. */
export type AnnouncerBgp = NonNullable<AnnouncerStatus["bgp"]>;

/** What an Announcer says of one BGP session. */
export type AnnouncerSession = AnnouncerBgp["sessions"][number];

export const announcers: Resource<Announcer> = {
  group,
  version,
  plural: "announcers",
  kind: "Announcer",
  namespaced: false,
};
