/** Looks up what a request names, with AWS's words when it is not there. */
import { type Listener, type LoadBalancer, type TargetGroup, takeOne, type World } from "../state.ts";
import { AwsError, invalid } from "../wire/aws-error.ts";
import { type Fields, listOf, textOf } from "../wire/query.ts";

// The "Errors" of each operation in the Elastic Load Balancing API Reference, version 2015-12-01.
const notFound = {
  loadBalancer: () => new AwsError("LoadBalancerNotFound", "One or more load balancers not found"),
  targetGroup: () => new AwsError("TargetGroupNotFound", "One or more target groups not found"),
  listener: () => new AwsError("ListenerNotFound", "One or more listeners not found"),
};

export function loadBalancerAt(world: World, arn: string | undefined): LoadBalancer {
  const found = world.state.loadBalancers.get(required("LoadBalancerArn", arn));
  if (found === undefined) throw notFound.loadBalancer();
  return found;
}

export function targetGroupAt(world: World, arn: string | undefined): TargetGroup {
  const found = world.state.targetGroups.get(required("TargetGroupArn", arn));
  if (found === undefined) throw notFound.targetGroup();
  return found;
}

export function listenerAt(world: World, arn: string | undefined): Listener {
  const found = world.state.listeners.get(required("ListenerArn", arn));
  if (found === undefined) throw notFound.listener();
  return found;
}

/** Any of the three, as the operations on tags take them. */
export function resourceAt(world: World, arn: string): LoadBalancer | TargetGroup | Listener {
  if (arn.includes(":targetgroup/")) return targetGroupAt(world, arn);
  if (arn.includes(":listener/")) return listenerAt(world, arn);
  if (arn.includes(":loadbalancer/")) return loadBalancerAt(world, arn);
  throw invalid(`'${arn}' is not a valid ARN of a load balancer, target group or listener`);
}

type Kind = keyof typeof notFound;
interface Named {
  readonly arn: string;
  readonly name?: string;
}

/**
 * Those that a describe names by ARN or by name, all if it names none. One unknown name fails the whole call; one that is not
 * seen yet is unknown.
 */
export function named<T extends Named>(
  world: World,
  kind: Kind,
  all: ReadonlyMap<string, T>,
  by: { readonly arns: readonly string[]; readonly names: readonly string[] },
): readonly T[] {
  if (by.arns.length > 0 && by.names.length > 0)
    throw invalid("Names and ARNs cannot be specified at the same time");
  if (by.arns.length + by.names.length === 0)
    return [...all.values()].filter(({ arn }) => !takeOne(world.state.unseen, arn));
  const byName = new Map([...all.values()].map((one) => [one.name ?? "", one]));
  const wanted = [...by.arns.map((arn) => all.get(arn)), ...by.names.map((name) => byName.get(name))];
  const found = wanted.filter((one) => one !== undefined && !takeOne(world.state.unseen, one.arn));
  if (found.length < wanted.length) throw notFound[kind]();
  return [...new Set(found)].filter((one) => one !== undefined);
}

/** "You can specify up to 20" of the ARNs and names of describes. */
export function atMost20(request: Fields, ...names: readonly string[]): void {
  for (const name of names)
    if (listOf(request, name).length > 20)
      throw invalid(`Up to 20 ${name} can be specified, but ${listOf(request, name).length} were`);
}

/** A page of at most 400, which is also the default, and the marker of the next one. */
export function page<T extends Named>(
  request: Fields,
  all: readonly T[],
): { readonly shown: readonly T[]; readonly next: string | undefined } {
  const size = numberIn(request, "PageSize", 1, 400) ?? 400;
  const marker = textOf(request, "Marker");
  const start = marker === undefined ? 0 : all.findIndex(({ arn }) => arn === marker) + 1;
  if (marker !== undefined && start === 0) throw invalid(`The marker '${marker}' is not valid`);
  const shown = all.slice(start, start + size);
  return { shown, next: start + size < all.length ? shown.at(-1)?.arn : undefined };
}

export function required(name: string, value: string | undefined): string {
  if (value === undefined || value === "")
    throw invalid(
      `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
    );
  return value;
}

export function oneOf<T extends string>(request: Fields, name: string, values: readonly T[]): T | undefined {
  const value = textOf(request, name);
  if (value === undefined) return undefined;
  const found = values.find((one) => one === value);
  if (found === undefined)
    throw invalid(
      `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must satisfy enum value set: [${values.join(", ")}]`,
    );
  return found;
}

export function numberIn(request: Fields, name: string, least: number, most: number): number | undefined {
  const value = textOf(request, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < least || number > most)
    throw invalid(`'${name}' is '${value}' but must be between ${least} and ${most} inclusive`);
  return number;
}

/** Whether a list was sent at all: an empty one is sent as an empty value. */
export function isGiven(request: Fields, name: string): boolean {
  return request[name] !== undefined;
}
