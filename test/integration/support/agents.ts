/** Agents as the API server sees them, without any: what they would say is written by an admin. */
import { type Announcer, type AnnouncerStatus, announcers } from "../../../src/api/announcer.ts";
import type { KubeObject, Resource } from "../../../src/api/meta.ts";
import type { Cluster } from "./cluster.ts";

/** When all that is claimed here began. */
const since = "2026-01-01T00:00:00Z";

export async function create<T extends KubeObject>(
  { client }: Pick<Cluster, "client">,
  resource: Resource<T>,
  name: string,
  spec?: object,
  metadata: object = {},
): Promise<T> {
  const { group, version, kind } = resource;
  return client.create(resource, {
    apiVersion: group === "" ? version : `${group}/${version}`,
    kind,
    metadata: { name, ...metadata },
    ...(spec === undefined ? {} : { spec }),
  } as unknown as T);
}

/** What the agent of a node says from now on; what is left out stays as it was. */
export async function says(
  { client }: Pick<Cluster, "client">,
  node: string,
  status: Partial<AnnouncerStatus>,
): Promise<void> {
  const found = (await client.list(announcers)).items.some(({ metadata }) => metadata.name === node);
  if (!found) await create<Announcer>({ client }, announcers, node);
  await client.patch(
    announcers,
    { name: node },
    { status: { incarnation: 1, version: "test", state: "Ready", ...status } },
    { type: "merge", subresource: "status" },
  );
}

export const claim = (address: string, state: "Announcing" | "Conflict", more: object = {}) => ({
  address,
  protocol: "Layer2" as const,
  state,
  mode: "Respond" as const,
  epoch: 7,
  interfaces: ["eth0"],
  since,
  reason: "Placed",
  message: "nobody announced it",
  ...more,
});

export const session = (peer: string, state: "Established" | "Active", message?: string) => ({
  peer,
  state,
  prefixes: 0,
  ...(message === undefined ? {} : { message }),
});
