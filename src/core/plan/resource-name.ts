/** What people call a resource: an id that says the kind itself is enough. */
export function resourceName({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return id === kind || id.startsWith(`${kind}/`) ? id : `${kind} ${id}`;
}
