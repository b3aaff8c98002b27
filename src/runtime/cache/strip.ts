/** Leaves out of cached objects what controllers do not read and what costs most memory. */

import type { KubeObject, ManagedFieldsEntry } from "../../api/meta.ts";

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * Drops kubectl's copy of the last applied manifest, and all of `managedFields` but who wrote the status: of those
 * entries `manager`, `operation` and `subresource` stay, so that foreign writers of a status can still be seen.
 *
 * Changes the object in place: it was just parsed and nobody else has it.
 */
export function stripped<T extends KubeObject>(object: T): T {
  const { metadata } = object;
  // Set to undefined, not deleted: `delete` turns the object into a slower and larger dictionary.
  if (metadata.managedFields) metadata.managedFields = statusManagers(metadata.managedFields);
  if (metadata.annotations?.[lastApplied] !== undefined) {
    const { [lastApplied]: _, ...rest } = metadata.annotations;
    metadata.annotations = rest;
  }
  return object;
}

function statusManagers(entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] | undefined {
  const kept = entries
    .filter((entry) => entry.subresource === "status")
    .map(({ manager, operation, subresource }) => ({ manager, operation, subresource }));
  return kept.length === 0 ? undefined : kept;
}
