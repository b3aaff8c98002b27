/** IPAddressPool: its types and where it is served. Loads no schema, for the API server has checked what it serves. */

import type { z } from "zod";
import type { Condition, KubeObject, ObjectMeta, Resource } from "./meta.ts";
import { group, version } from "./names.ts";
import type { ipAddressPoolSpec, ipAddressPoolStatus } from "./schema/ip-address-pool.ts";

export type IPAddressPoolSpec = z.output<typeof ipAddressPoolSpec>;

/** The spec as it may be written: fields that have a default can be left out. */
export type IPAddressPoolSpecInput = z.input<typeof ipAddressPoolSpec>;

export interface IPAddressPoolStatus extends Omit<z.output<typeof ipAddressPoolStatus>, "conditions"> {
  conditions?: Condition[] | undefined;
}

export interface IPAddressPool extends KubeObject {
  metadata: ObjectMeta;
  spec: IPAddressPoolSpec;
  status?: IPAddressPoolStatus | undefined;
}

export const ipAddressPools: Resource<IPAddressPool> = {
  group,
  version,
  plural: "ipaddresspools",
  kind: "IPAddressPool",
  namespaced: false,
};
