/** Which stacks a set of objects makes, and what each would be decided by: as the controller does it, without writing anything. */
import type { EndpointSlice, Node } from "../../api/kubernetes.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { stripEndpointSlice, stripNode } from "../../core/backends/strip.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import type { Backends } from "../backends.ts";
import type { Classes, KnownClass } from "../classes.ts";
import type { Informers } from "../dependencies.ts";
import { ownerKey } from "../indexes.ts";
import { acknowledgements } from "../load-balancer/acknowledgements.ts";
import type { RoomKeeper } from "../load-balancer/room.ts";
import { judgeHere } from "../load-balancer/serve-one.ts";
import { stackOf } from "../load-balancer/stack-input.ts";
import { byAge, type StackMember, stackMember } from "../load-balancer/stack-member.ts";
import { moveOf, roleIn } from "../load-balancer/stack-move.ts";
import { createStacks, readKey } from "../load-balancer/stacks.ts";
import type { Objects } from "./object-store.ts";
import type { StackToPlan } from "./plan-stacks.ts";

export interface StackOfObjects {
  readonly className: string;
  readonly key: string;
  /** `namespace/name` of all its LoadBalancers. */
  readonly members: readonly string[];
  /** In the order of age. */
  readonly live: readonly StackMember[];
  readonly refused: readonly {
    readonly lb: LoadBalancer;
    readonly refusal: Finding;
    /** What it has, it keeps. */
    readonly keeps: boolean;
  }[];
  /** Undefined where its class is not accepted: then it stays as it is. */
  readonly toPlan: StackToPlan | undefined;
}

export interface StacksInput {
  readonly informers: Informers;
  readonly classes: Classes;
  readonly room: RoomKeeper;
  readonly backends: Pick<Backends, "nodes" | "endpointSlices">;
}

/** `gone`: LoadBalancers that are no more; what was theirs is a stack without them. */
export function stacksOfObjects(o: StacksInput, gone: readonly LoadBalancer[] = []): StackOfObjects[] {
  const stacks = createStacks(o.classes, o.informers);
  const keys = new Set<string>();
  for (const lb of o.informers.loadBalancers.list()) for (const key of stacks.place(lb)) keys.add(key);
  const leftBehind = createStacks(o.classes, o.informers);
  for (const lb of gone) for (const key of leftBehind.place(lb)) keys.add(key);
  return [...keys].flatMap((queueKey) => {
    const key = readKey(queueKey);
    const cls = key.of === "many" ? o.classes.get(key.className) : undefined;
    if (key.of !== "many" || cls === undefined) return [];
    return [stackOfObjects(o, cls, key.stack, stacks.members(queueKey))];
  });
}

function stackOfObjects(
  o: StacksInput,
  cls: KnownClass,
  key: string,
  members: readonly string[],
): StackOfObjects {
  const { provider } = cls;
  if (provider?.form !== "graph") throw new TypeError(`${cls.name} has no resource graph`);
  const lbs = members.flatMap((member) => o.informers.loadBalancers.get(member) ?? []);
  const leaving: LoadBalancer[] = [];
  const live: StackMember[] = [];
  const refused: StackOfObjects["refused"][number][] = [];
  for (const lb of lbs) {
    const move = moveOf(lb, cls, provider, o.informers);
    const role = roleIn(key, move);
    if (lb.metadata.deletionTimestamp !== undefined || role === "former") {
      leaving.push(lb);
      continue;
    }
    const judgement = judgeHere(o, lb, cls);
    if (judgement.serve === "yes") {
      live.push(stackMember({ object: lb, move, role, judgement }, cls, o.informers));
    } else if (judgement.serve !== "elsewhere" && role !== "departing") {
      refused.push({ lb, refusal: judgement.refusal, keeps: judgement.serve === "keep" });
    }
  }
  live.sort(byAge);
  const acknowledged = live.flatMap(({ object }) => acknowledgements(o.informers, object));
  const stack = stackOf(o, { key, cls, provider, members: live });
  const toPlan =
    cls.force.state === "accepted" ? { stack, provider, live, leaving, acknowledged } : undefined;
  return { className: cls.name, key, members, live, refused, toPlan };
}

/** Nodes and endpoints as the controller's cache keeps them. */
export function backendsOf({
  nodes = [],
  endpointSlices = [],
}: Pick<Objects, "nodes" | "endpointSlices">): Pick<Backends, "nodes" | "endpointSlices"> {
  const known = nodes.map((node): Node => stripNode(node));
  const slices = Map.groupBy(
    endpointSlices.map((slice): EndpointSlice => stripEndpointSlice(slice)),
    ({ metadata }) => `${metadata.namespace}/${metadata.labels?.["kubernetes.io/service-name"]}`,
  );
  return {
    nodes: () => known,
    endpointSlices: ({ lb }) => slices.get(ownerKey(lb) ?? "") ?? [],
  };
}
