/** What serving one load balancer and serving a stack of them have in common. */
import { type LoadBalancer, loadBalancers } from "../../api/load-balancer.ts";
import { fieldManagers, finalizer } from "../../api/names.ts";
import type { DirectProvider, Outcome } from "../../providers/provider.ts";
import { removeFinalizer } from "../../runtime/patch/finalizers.ts";
import type { Announcements } from "../announcements/announcements.ts";
import type { Backends } from "../backends.ts";
import type { Dependencies } from "../dependencies.ts";
import type { Heirs } from "../heirs.ts";
import type { Kept } from "../kept.ts";
import type { ReadinessGates } from "../readiness-gates/readiness-gates.ts";
import type { Engines } from "./engines.ts";
import type { RoomKeeper } from "./room.ts";
import type { Stacks } from "./stacks.ts";

export interface LoadBalancerDependencies extends Dependencies {
  readonly stacks: Stacks;
  readonly room: RoomKeeper;
  /** Those of the direct form, to be told of LoadBalancers that are gone. */
  readonly direct: readonly DirectProvider[];
  /** LoadBalancers that are missing for the moment: what they have is not given up. */
  readonly kept: Pick<Kept, "has" | "ageMs">;
  /** LoadBalancers that take the place of those: what these had recorded is theirs. */
  readonly heirs: Pick<Heirs, "asHeir" | "settle">;
  /** Keys whose predecessor of the same name has to be released before they are served. */
  readonly outlived: Set<string>;
  readonly backends: Backends;
  readonly engines: Engines;
  /** Without: readiness gates of pods are not looked at. */
  readonly gates?: Pick<ReadinessGates, "admit" | "worked"> | undefined;
  /** Whether agents announce the addresses that are given out on bare metal. Without: that is not looked at. */
  readonly announcements?: Pick<Announcements, "look"> | undefined;
  /** Brings LoadBalancers (`namespace/name`) back to the queue. */
  readonly wake: (members: Iterable<string>) => void;
}

export const NOTHING: Outcome = { addresses: [], ports: [], problems: [] };

/** What the status says that it has: nothing is taken away while it can't be looked after. */
export function recordedOutcome(lb: LoadBalancer): Outcome {
  const { addresses = [], ports = [], sharing, resources } = lb.status ?? {};
  return {
    addresses,
    ports,
    problems: [],
    ...(sharing === undefined ? {} : { sharing }),
    ...(resources === undefined ? {} : { resources }),
  };
}

export async function dropFinalizer(
  { client, informers }: Dependencies,
  lb: LoadBalancer,
  signal: AbortSignal,
): Promise<void> {
  if (lb.metadata.finalizers?.includes(finalizer) !== true) return;
  const left = await removeFinalizer({
    client,
    resource: loadBalancers,
    object: lb,
    finalizer,
    fieldManager: fieldManagers.finalizer,
    signal,
  });
  if (left.result !== "gone") informers.loadBalancers.observe(left.object);
}
