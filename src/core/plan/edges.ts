/**
 * Draws what must end before what.
 *
 * | operation              | waits for                                                                           |
 * |------------------------|-------------------------------------------------------------------------------------|
 * | create, update         | creation or update of what it depends on; delete-first: the deletion of the old one |
 * | delete                 | deletion of what uses it, updates by which its users let go of it                   |
 * | delete, replaced       | also the new one, and all who move over to it                                       |
 * | delete, unwanted       | also its siblings' creations and updates (`removal: "last"`)                        |
 * | delete, taken over     | also all creations and updates                                                      |
 * | narrow                 | its widening, and all changes of those who depend on it                             |
 */
import { isTaken } from "./adoption.ts";
import type { Decisions, World } from "./decide.ts";
import { rulesOf } from "./decide.ts";
import type { Node, Nodes } from "./nodes.ts";
import { names } from "./reference.ts";
import type { ObservedResource } from "./types.ts";

export function drawEdges(world: World, decisions: Decisions, nodes: Nodes): void {
  const { main, narrow, deletes } = nodes;
  const wait = (node: Node, first: Node | undefined): void => {
    if (first !== undefined && first !== node) node.after.add(first.operation.key);
  };
  const dependents = new Map<string, string[]>();
  for (const [id, { dependsOn }] of decisions.byId) {
    for (const dependency of dependsOn) append(dependents, dependency, id);
  }
  const users = new Map<string, ObservedResource[]>();
  for (const user of world.observed)
    if (user.ours) for (const used of user.dependsOn) append(users, used, user);
  const deletesOf = new Map<string, Node[]>();
  for (const { observed, node } of deletes) append(deletesOf, observed.id, node);

  for (const [id, node] of main) for (const first of nearest(decisions, main, id)) wait(node, first);
  for (const { observed, node, fate } of deletes) {
    if (fate === "restarted") wait(main.get(observed.id) as Node, node);
    for (const user of users.get(observed.id) ?? []) {
      for (const first of deletesOf.get(user.id) ?? []) wait(node, first);
      if (stays(decisions, user)) {
        const first = main.get(user.id);
        wait(node, first);
        if (!letsGo(user, first, observed)) wait(node, narrow.get(user.id));
      }
    }
  }

  // What follows are wishes: they yield where the creation itself waits for a deletion, so they never close a circle. Of what is held they
  // yield nothing: what can't come again does not go.
  const late = waitsForDeletion(nodes);
  const wish = (node: Node, first: Node | undefined): void => {
    if (first === undefined || first === node) return;
    if (late(first)) node.withheldBy.add(first.operation.key);
    else wait(node, first);
  };
  const siblings = new Map<string, Node[]>();
  for (const [id, node] of main) {
    const { kind } = node.operation;
    for (const parent of decisions.byId.get(id)?.dependsOn ?? []) append(siblings, `${kind} ${parent}`, node);
  }
  for (const { observed, node, fate } of deletes) {
    if (fate === "restarted") for (const first of nearest(decisions, main, observed.id)) wish(node, first);
    if (fate === "replaced" || fate === "superseded") {
      wish(node, main.get(observed.id));
      for (const id of dependents.get(observed.id) ?? []) wish(node, main.get(id));
    }
    if (isTaken(observed)) for (const first of main.values()) wish(node, first);
    if (fate !== "unwanted" || rulesOf(world, observed.kind).removal === "any") continue;
    for (const parent of observed.dependsOn) {
      for (const first of siblings.get(`${observed.kind} ${parent}`) ?? []) wish(node, first);
    }
  }
  for (const [id, node] of narrow) {
    wait(node, main.get(id));
    for (const user of dependents.get(id) ?? []) wish(node, main.get(user));
    for (const user of users.get(id) ?? [])
      for (const first of deletesOf.get(user.id) ?? []) wait(node, first);
  }
}

/** Whether this very copy is kept, so that an update may make it let go. What stands under its id as another kind does not. */
function stays(decisions: Decisions, { id, kind, cloudId }: ObservedResource): boolean {
  const decision = decisions.byId.get(id);
  if (decision?.do !== "keep" && decision?.do !== "update") return false;
  return decision.observed.kind === kind && decision.observed.cloudId === cloudId;
}

/** Whether this update ends a use. What is used without being named may be used after it too. */
export function letsGo(
  user: ObservedResource,
  update: Node | undefined,
  { cloudId }: ObservedResource,
): boolean {
  if (update?.operation.do !== "update") return false;
  return names(user.fields, cloudId) && !names({ ...user.fields, ...update.operation.fields }, cloudId);
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** Operations on what a resource depends on, looked for behind resources that need none. */
function nearest(decisions: Decisions, main: ReadonlyMap<string, Node>, id: string): Set<Node> {
  const found = new Set<Node>();
  const seen = new Set<string>();
  const open = [...(decisions.byId.get(id)?.dependsOn ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const node = main.get(next);
    if (node !== undefined) found.add(node);
    else open.push(...(decisions.byId.get(next)?.dependsOn ?? []));
  }
  return found;
}

/** Whether a node comes after any deletion, by the edges drawn so far. */
function waitsForDeletion(nodes: Nodes): (node: Node) => boolean {
  const answers = new Map<Node, boolean>();
  const ask = (node: Node): boolean => {
    const answer = answers.get(node);
    if (answer !== undefined) return answer;
    answers.set(node, false);
    const late = [...node.after].some((key) => {
      const first = nodes.byKey.get(key) as Node;
      return first.operation.do === "delete" || ask(first);
    });
    answers.set(node, late);
    return late;
  };
  return ask;
}
