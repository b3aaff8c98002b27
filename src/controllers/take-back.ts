/** The first act of a leader, and of a plan: what is recorded is taken back before anything new is given out (law 4). */
import type { Service } from "../api/kubernetes.ts";
import type { DirectProvider, RecordedMember } from "../providers/provider.ts";
import type { Classes } from "./classes.ts";
import type { Informers } from "./dependencies.ts";
import type { Kept } from "./kept.ts";
import { isHeld } from "./load-balancer/judge.ts";
import { keyOfLoadBalancer } from "./load-balancer/members.ts";
import type { RoomKeeper } from "./load-balancer/room.ts";
import type { Stacks } from "./load-balancer/stacks.ts";
import { objectSource } from "./object-source.ts";
import { leftInService, recordedMembers } from "./recorded.ts";

export interface TakeBackInput {
  readonly informers: Informers;
  readonly classes: Classes;
  readonly direct: readonly DirectProvider[];
  readonly room: RoomKeeper;
  readonly kept?: Kept;
  readonly stacks?: Pick<Stacks, "place">;
  readonly wake: (members: Iterable<string>) => void;
}

export function takeBackRecorded(input: TakeBackInput): void {
  const { informers, classes, direct, room, wake } = input;
  for (const provider of direct) provider.start({ objects: objectSource(informers), wake });
  const { byProvider, orphaned } = recordedMembers(informers, classes);
  for (const provider of direct) provider.restore([...(byProvider.get(provider.name) ?? []), ...orphaned]);
  for (const lb of informers.loadBalancers.list()) {
    if (isHeld(lb)) room.admit(lb.spec.className, keyOfLoadBalancer(lb));
  }
  takeBackFromServices(input, informers.services.list());
}

/**
 * What Services without LoadBalancer have in their own status: after a loss of LoadBalancers, and when a class comes to claim Services
 * that another controller has served. All of them before any of them is given anything new.
 */
export function takeBackFromServices(
  { informers, classes, kept, stacks }: Pick<TakeBackInput, "informers" | "classes" | "kept" | "stacks">,
  services: readonly Service[],
): void {
  const byProvider = new Map<DirectProvider, RecordedMember[]>();
  for (const service of services) {
    for (const { provider, member, lb } of leftInService(service, informers, classes)) {
      if (provider.form === "graph") {
        // What it has is found in the cloud by its marks; its place in a stack is held for it.
        if (!member.ours || kept?.has(member.key)) continue;
        kept?.keep(lb);
        stacks?.place(lb);
        continue;
      }
      if (member.addresses.length === 0) continue;
      const members = byProvider.get(provider) ?? [];
      members.push(member);
      byProvider.set(provider, members);
      kept?.keep(lb);
    }
  }
  for (const [provider, members] of byProvider) provider.restore(members);
}
