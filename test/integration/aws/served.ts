/** Services of the class `aws`, each in a namespace of its own, as most tests of AWS begin. */
import type { ObjectRef } from "../../../src/runtime/kube/client.ts";
import type { ServiceInput } from "../support/cluster.ts";
import type { SeenBalancer } from "./cloud.ts";
import type { World } from "./support.ts";

export type Ref = ObjectRef & { readonly namespace: string };

type Input = ServiceInput & { cls?: string };

/** Asks for it, and waits for nothing. */
export async function asked(world: World, name: string, input?: Input): Promise<Ref> {
  const ref = { namespace: await world.namespace(), name };
  await world.createService(ref, input);
  return ref;
}

/** Waits until it is served, and applied to the last call. */
export async function served(world: World, name: string, input?: Input): Promise<Ref> {
  const ref = await asked(world, name, input);
  await world.served(ref);
  await world.applied(ref);
  return ref;
}

/** The only load balancer of a Service that shares with nobody. */
export function seen(world: World, { namespace, name }: Ref): Promise<SeenBalancer> {
  return world.balancer(`${namespace}/${name}`);
}
