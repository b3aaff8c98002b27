/** The cache as providers see it: lists, and a call when something changed that can change a decision. */
import { type Node, nodes } from "../api/kubernetes.ts";
import type { KubeObject, Resource } from "../api/meta.ts";
import type { ObjectSource } from "../providers/provider.ts";
import type { Informer } from "../runtime/cache/informer.ts";
import { equal } from "../runtime/patch/merge-diff.ts";
import type { Informers } from "./dependencies.ts";
import { decides } from "./relevant.ts";

/** @throws TypeError for a kind that the operator does not cache. */
export function objectSource(informers: Informers): ObjectSource {
  const all = Object.values(informers) as readonly Informer<KubeObject>[];
  const find = <T extends KubeObject>(resource: Resource<T>): Informer<T> => {
    const found = all.find(
      (informer) =>
        informer.resource.plural === resource.plural && informer.resource.group === resource.group,
    );
    if (found === undefined) throw new TypeError(`The operator does not watch ${resource.plural}`);
    return found as unknown as Informer<T>;
  };
  return {
    list: (resource) => find(resource).list(),
    onChange(resource, changed) {
      const isNode = resource.plural === nodes.plural && resource.group === nodes.group;
      find(resource).on({
        add(object, { initial }) {
          if (!initial) changed(object, false);
        },
        update(before, after) {
          if (isNode ? hasOtherAddresses(before, after) : decides(before, after)) changed(after, false);
        },
        delete: (object) => changed(object, true),
      });
    },
  };
}

/** All that is decided by of a Node. Nodes write their status every few minutes, and mostly say the same. */
function hasOtherAddresses(before: Node, after: Node): boolean {
  return !equal(before.status?.addresses, after.status?.addresses);
}
