/** The first act of a leader, and of a plan: what is recorded is taken back before anything new is given out (law 4). */
import type { DirectProvider } from "../providers/provider.ts";
import type { Classes } from "./classes.ts";
import type { Informers } from "./dependencies.ts";
import { isHeld } from "./load-balancer/judge.ts";
import { keyOfLoadBalancer } from "./load-balancer/members.ts";
import type { RoomKeeper } from "./load-balancer/room.ts";
import { objectSource } from "./object-source.ts";
import { recordedMembers } from "./recorded.ts";

export interface TakeBackInput {
  readonly informers: Informers;
  readonly classes: Classes;
  readonly direct: readonly DirectProvider[];
  readonly room: RoomKeeper;
  readonly wake: (members: Iterable<string>) => void;
}

export function takeBackRecorded({ informers, classes, direct, room, wake }: TakeBackInput): void {
  for (const provider of direct) provider.start({ objects: objectSource(informers), wake });
  const recorded = recordedMembers(informers, classes);
  for (const provider of direct) provider.restore(recorded.get(provider.name) ?? []);
  for (const lb of informers.loadBalancers.list()) {
    if (isHeld(lb)) room.admit(lb.spec.className, keyOfLoadBalancer(lb));
  }
}
