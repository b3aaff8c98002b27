/** What of a plan has to wait, and for what: an acknowledgement, the policy, or what is not ours. */
import { type Decision, type Decisions, decide, type World } from "./decide.ts";
import { drawEdges, letsGo } from "./edges.ts";
import { buildNodes, type Hold, isDrift, type Node, type Nodes } from "./nodes.ts";
import { referencesIn } from "./reference.ts";
import { resourceName } from "./resource-name.ts";
import { sequence } from "./sequence.ts";
import type { ObservedResource, Operation, PlanPolicy, Refusal } from "./types.ts";

/** Ids that keep what they have: replacements that are not allowed, and those that would take something from under them. */
export function freeze(world: World, wanted: Decisions): ReadonlySet<string> {
  const frozen = new Set<string>();
  for (let decisions = wanted; ; decisions = decide(world, frozen)) {
    const before = frozen.size;
    for (const [id, decision] of decisions.byId) {
      if (decision.do !== "replace") continue;
      if (isDriftOf(world, decision) || !isAllowed(world.policy, decision.acknowledge)) frozen.add(id);
    }
    for (const id of decisions.inTheWay) frozen.add(id);
    if (frozen.size === before) return frozen;
  }
}

interface Arrangement {
  readonly order: readonly Node[];
  readonly holds: ReadonlyMap<string, Hold>;
}

export function arrange(world: World, decisions: Decisions, refused: readonly Refusal[]): Arrangement {
  const nodes = buildNodes(world, decisions);
  drawEdges(world, decisions, nodes);
  const order = sequence(world, nodes);
  holdDeletions(world, decisions, nodes, refused);
  const holds = new Map<string, Hold>();
  const rejected = world.policy.rejected ?? new Set();
  for (const node of nodes.byKey.values()) {
    const { members } = node.operation;
    if (members.length > 0 && members.every((uid) => rejected.has(uid))) node.hold ??= "Rejected";
  }
  for (let settled = false; !settled; ) {
    settled = true;
    for (const node of order) {
      const { key } = node.operation;
      const hold = node.hold ?? inheritedHold(node, nodes, holds, decisions);
      if (hold === undefined || hold === holds.get(key)) continue;
      holds.set(key, hold);
      // What it withholds may come before it.
      settled = false;
    }
  }
  return { order, holds };
}

/** A resource whose update is held is still there: only what would take something from it has to wait. */
function inheritedHold(
  node: Node,
  nodes: Nodes,
  holds: ReadonlyMap<string, Hold>,
  { byId }: Decisions,
): Hold | undefined {
  let inherited: Hold | undefined;
  for (const key of [...node.after, ...node.withheldBy]) {
    const hold = holds.get(key);
    const isThere =
      (hold === "Drift" || hold === "Rejected") && nodes.byKey.get(key)?.operation.do === "update";
    if (hold === undefined || (isThere && node.operation.do !== "delete")) continue;
    const first = nodes.byKey.get(key);
    if (first?.placeholder === true && isApartFrom(first.operation.id, node.operation, byId)) continue;
    if (hold === "Refused") return "Refused";
    inherited = "Held";
  }
  return inherited;
}

/** It changes what is ours already, in nothing that points at what is refused. */
function isApartFrom(id: string, operation: Operation, byId: Decisions["byId"]): boolean {
  const { fields = {} } = byId.get(operation.id)?.desired ?? {};
  return (
    operation.do === "update" &&
    operation.changes.every(({ field }) => !referencesIn(fields[field] ?? null).includes(id))
  );
}

function holdDeletions(world: World, decisions: Decisions, nodes: Nodes, refused: readonly Refusal[]): void {
  const uses = [...decisions.byId.values()].flatMap((decision) => {
    if (decision.do !== "keep" && (decision.do !== "update" || !decision.frozen)) return [];
    const { observed: user, frozen } = decision;
    return user.dependsOn.map((id) => ({ id, user, frozen }));
  });
  const usesOf = Map.groupBy(uses, ({ id }) => id);
  const last = ({ id }: ObservedResource): Node | undefined => nodes.narrow.get(id) ?? nodes.main.get(id);
  const untouchable = new Set(refused.map(({ cloudId }) => cloudId));
  // It is taken apart as a whole or not at all: what is left of it would serve nobody.
  const isStuck = world.desired.length === 0 && refused.length > 0;
  for (const { node, observed, fate } of nodes.deletes) {
    const staying = (usesOf.get(observed.id) ?? []).filter(({ user }) => !letsGo(user, last(user), observed));
    if (untouchable.has(observed.cloudId)) node.hold = "Refused";
    else if (isStuck) node.hold ??= "Held";
    else if (!isAllowed(world.policy, node.operation.acknowledge)) node.hold ??= "Acknowledgement";
    // A kept user of a replaced resource may well use the new one; a frozen one does not.
    else if (staying.some(({ frozen }) => frozen || fate === "unwanted")) node.hold ??= "InUse";
  }
}

export function refusals(world: World, decisions: Decisions): Refusal[] {
  const refused: Refusal[] = [];
  for (const decision of decisions.byId.values()) {
    if (decision.do !== "refuse") continue;
    const { id, kind, cloudId, adoption } = decision.foreign;
    const { members, adopt } = decision.desired;
    const why = adoption === "allowed" ? undefined : adoption?.refused;
    const because = why ?? "exists and does not carry our mark; rename or remove it";
    refused.push({ id, kind, cloudId, members, because, ...(adopt === cloudId ? { adoption: true } : {}) });
  }
  const foreignUsers = new Map<string, ObservedResource>();
  for (const user of world.observed) {
    if (!user.ours) for (const id of user.dependsOn) foreignUsers.set(id, user);
  }
  for (const { ours, id, kind, cloudId, members = [] } of world.observed) {
    const user = foreignUsers.get(id);
    const base = { id, kind, cloudId, members };
    if (!ours) continue;
    if (world.rules[kind] === undefined)
      refused.push({ ...base, because: `nobody here knows kind "${kind}"` });
    else if (user !== undefined && goes(world, decisions, { cloudId, id })) {
      refused.push({ ...base, because: usedBy(user) });
    }
  }
  return refused;
}

function usedBy(user: ObservedResource): string {
  const { adoption = "allowed" } = user;
  const why =
    adoption === "allowed"
      ? "does not carry our mark: what others made they have to remove"
      : adoption.refused;
  return `is used by ${resourceName(user)} (${user.cloudId}), which ${why}`;
}

function goes(
  { policy }: World,
  { byId }: Decisions,
  { cloudId, id }: Pick<ObservedResource, "cloudId" | "id">,
): boolean {
  const decision = byId.get(id);
  if (decision === undefined) return policy.deletion === "Delete";
  return !((decision?.do === "keep" || decision?.do === "update") && decision.observed.cloudId === cloudId);
}

/** What would follow if the frozen were free: shown, so that users see what they are asked to allow. */
export function heldByFreezing(
  world: World,
  wanted: Decisions,
  frozen: ReadonlySet<string>,
  shown: readonly Node[],
): { node: Node; waitsFor: Hold }[] {
  const keys = new Set(shown.map(({ operation }) => operation.key));
  const following = new Set<string>();
  const held: { node: Node; waitsFor: Hold }[] = [];
  for (const node of arrange(world, wanted, []).order) {
    const { id, key, acknowledge } = node.operation;
    const decision = wanted.byId.get(id);
    // Delete-first, what uses the old one goes even before it.
    const replacing = decision?.do === "replace" && [id, ...decision.causes].some((each) => frozen.has(each));
    if (!replacing && ![...node.after].some((first) => following.has(first))) continue;
    following.add(key);
    if (keys.has(key)) continue;
    if (!isAllowed(world.policy, acknowledge)) held.push({ node, waitsFor: "Acknowledgement" });
    else held.push({ node, waitsFor: replacing && isDriftOf(world, decision) ? "Drift" : "Held" });
  }
  return held;
}

function isDriftOf(world: World, decision: Decision): boolean {
  return (
    decision.do === "replace" &&
    decision.causes.length === 0 &&
    isDrift(world, decision.desired, decision.changes)
  );
}

function isAllowed(policy: PlanPolicy, acknowledge: string | undefined): boolean {
  if (acknowledge === undefined || policy.replacement === "Allow") return true;
  const given = [policy.acknowledged ?? []].flat();
  return given.some((text) => text.split(".").includes(acknowledge));
}
