/** Looks at Elastic Load Balancing from inside, and empties it. */
import { tagsOf } from "./elb/tags.ts";
import type { World } from "./state.ts";
import type { AwsContents } from "./types.ts";

export async function contentsOf(world: World): Promise<AwsContents> {
  const { loadBalancers, targetGroups, listeners } = world.state;
  const arns = [loadBalancers, targetGroups, listeners].flatMap((all) => [...all.keys()]);
  const tags = await tagsOf(world, arns);
  const tagged = <T extends { readonly arn: string }>(all: ReadonlyMap<string, T>) =>
    [...all.values()].map((one) => ({
      ...one,
      tags: Object.fromEntries((tags.get(one.arn) ?? []).map(({ Key, Value }) => [Key, Value])),
    }));
  return {
    loadBalancers: tagged(loadBalancers),
    targetGroups: tagged(targetGroups),
    listeners: tagged(listeners),
  };
}

/** Takes everything out of moto that the proxy knows of. Listeners go with their load balancers. */
export async function clearLoadBalancing({ moto, state }: World): Promise<void> {
  for (const LoadBalancerArn of state.loadBalancers.keys())
    await moto.elb("DeleteLoadBalancer", { LoadBalancerArn });
  for (const TargetGroupArn of state.targetGroups.keys())
    await moto.elb("DeleteTargetGroup", { TargetGroupArn });
}
