/** What a plan would change, field by field, whatever steps it takes for that. Pure. */
import type { FieldChange, Json, Operation } from "./types.ts";

export interface Difference {
  readonly kind: string;
  /** The cloud's id; that of the stack for what does not exist. */
  readonly id: string;
  readonly members: readonly string[];
  /** A field of it, or "exists". */
  readonly field: string;
  /** Undefined: nothing. */
  readonly wanted: Json | undefined;
  readonly found: Json | undefined;
}

/** An update in two steps is one difference, and so is a replacement. In the order of the operations. */
export function differencesIn(operations: readonly Operation[]): Difference[] {
  const replaced = new Set(operations.flatMap((each) => (each.do === "create" ? each.replaces : [])));
  const found = new Map<string, Difference>();
  const add = (difference: Difference): void => {
    const { kind, id, field } = difference;
    const name = JSON.stringify([kind, id, field]);
    const before = found.get(name);
    // A second step begins where the first ended.
    found.set(name, before === undefined ? difference : { ...before, wanted: difference.wanted });
  };
  for (const operation of operations) {
    const { kind, members } = operation;
    const existence = (id: string, wanted: boolean): Difference => ({
      kind,
      id,
      members,
      field: "exists",
      wanted,
      found: !wanted,
    });
    const change = (id: string, { field, from, to }: FieldChange): Difference => ({
      kind,
      id,
      members,
      field,
      wanted: to,
      found: from,
    });
    switch (operation.do) {
      case "create": {
        const [old] = operation.replaces;
        if (old === undefined) add(existence(operation.id, true));
        else for (const each of operation.changes) add(change(old, each));
        break;
      }
      case "update":
        for (const each of operation.changes) add(change(operation.cloudId, each));
        break;
      case "delete":
        if (!replaced.has(operation.cloudId)) add(existence(operation.cloudId, false));
        break;
      default:
        operation satisfies never;
    }
  }
  return [...found.values()];
}
