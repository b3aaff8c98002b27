/** What a cluster at rest should look like, worked out from nothing but the objects in it and the addresses of the pools. */
import { type Service, services } from "../../../src/api/kubernetes.ts";
import { type LoadBalancer, loadBalancers } from "../../../src/api/load-balancer.ts";
import { annotations } from "../../../src/api/names.ts";
import type { Cluster } from "../support/cluster.ts";
import type { Pools } from "./pools.ts";
import { addressesOf, nameOf } from "./witness.ts";

interface World {
  readonly all: readonly Service[];
  readonly lbs: readonly LoadBalancer[];
  readonly pools: Awaited<ReturnType<Pools["list"]>>;
  readonly held: ReadonlySet<string>;
}

/** One sentence for everything that is not as it should be. */
export async function faultsOf(cluster: Cluster, pools: Pools): Promise<string[]> {
  const all = (await cluster.client.list(services)).items.filter(({ spec }) => spec?.type === "LoadBalancer");
  const lbs = (await cluster.client.list(loadBalancers)).items;
  const held = new Set(lbs.flatMap(ipsOf));
  const world: World = { all, lbs, pools: await pools.list(), held };
  return [
    ...faultsOfLoadBalancers(world),
    ...all.flatMap((each) => faultsOfService(each, world)),
    ...faultsOfPools(world),
  ];
}

function faultsOfLoadBalancers({ all, lbs }: World): string[] {
  const owners = new Map(all.map((service) => [service.metadata.uid, service]));
  const faults: string[] = [];
  for (const lb of lbs) {
    const name = `LoadBalancer ${lb.metadata.namespace}/${lb.metadata.name}`;
    const owner = owners.get(lb.spec.serviceRef?.uid);
    if (owner === undefined) faults.push(`${name} is left of a Service that is gone`);
    else if (ipsOf(lb).join() !== addressesOf(owner).join())
      faults.push(`${name} has ${ipsOf(lb).join()}, its Service has ${addressesOf(owner).join()}`);
  }
  for (const service of all) {
    const count = lbs.filter((lb) => lb.spec.serviceRef?.uid === service.metadata.uid).length;
    if (count !== 1) faults.push(`${nameOf(service)} has ${count} LoadBalancers`);
  }
  return faults;
}

function faultsOfService(service: Service, world: World): string[] {
  const condition = service.status?.conditions?.find(({ type }) => type === "fairlead.io/Programmed");
  const addresses = addressesOf(service);
  const policy = service.spec?.ipFamilyPolicy;
  const name = nameOf(service);
  if (addresses.length === 0) {
    if (condition?.status !== "False" || !condition.reason || !condition.message)
      return [`${name} waits, and does not say why: ${JSON.stringify(condition)}`];
    const could = couldHave(service, world);
    return could === undefined ? [] : [`${name} waits (${condition.message}), and could have ${could}`];
  }
  if (condition?.status !== "True")
    return [`${name} has ${addresses.join()} and says ${JSON.stringify(condition)}`];
  if (policy === "RequireDualStack" && addresses.length !== 2)
    return [`${name} wants both families and has ${addresses.join()}`];
  const [only] = addresses;
  if (policy === "PreferDualStack" && addresses.length === 1 && only !== undefined) {
    const other = freeOf(world, only.includes(":") ? "IPv4" : "IPv6")[0];
    if (other !== undefined) return [`${name} has ${only}, and could have ${other} as well`];
  }
  return [];
}

/** An address with which the Service could be served as things are. */
function couldHave(service: Service, world: World): string | undefined {
  const { metadata, spec } = service;
  const pin = metadata.annotations?.[annotations.addresses];
  if (pin !== undefined) {
    const isThere = world.pools.some(({ addresses }) => addresses.includes(pin));
    return isThere && !world.held.has(pin) ? pin : undefined;
  }
  const [four] = freeOf(world, "IPv4");
  const [sixth] = freeOf(world, "IPv6");
  if (spec?.ipFamilyPolicy === "RequireDualStack")
    return four !== undefined && sixth !== undefined ? `${four} and ${sixth}` : undefined;
  if (spec?.ipFamilyPolicy === "PreferDualStack") return four ?? sixth;
  return four ?? sharedAddressFor(service, world);
}

function sharedAddressFor(service: Service, { all, pools }: World): string | undefined {
  const keyOf = ({ metadata }: Service) => metadata.annotations?.[annotations.allowSharedIP];
  const key = keyOf(service);
  if (key === undefined) return undefined;
  const port = service.spec?.ports?.[0]?.port;
  const same = all.filter(
    (other) => other.metadata.namespace === service.metadata.namespace && keyOf(other) === key,
  );
  const open = pools.flatMap(({ autoAssign, addresses }) => (autoAssign ? addresses : []));
  return same
    .flatMap(addressesOf)
    .find(
      (address) =>
        open.includes(address) &&
        same.every((other) => !addressesOf(other).includes(address) || other.spec?.ports?.[0]?.port !== port),
    );
}

function freeOf({ pools, held }: World, family: "IPv4" | "IPv6"): string[] {
  return pools
    .flatMap(({ autoAssign, addresses }) => (autoAssign ? addresses : []))
    .filter((address) => isOf(address, family) && !isAvoided(address) && !held.has(address));
}

function faultsOfPools({ pools, held }: World): string[] {
  return pools.flatMap(({ pool, addresses }) => {
    const used = addresses.filter((address) => held.has(address));
    const free = addresses.filter((address) => !held.has(address) && !isAvoided(address));
    const counted = {
      assignedIPv4: count(used, "IPv4"),
      assignedIPv6: count(used, "IPv6"),
      availableIPv4: count(free, "IPv4"),
      availableIPv6: count(free, "IPv6"),
    };
    const { assignedIPv4, assignedIPv6, availableIPv4, availableIPv6 } = pool.status ?? {};
    const told = { assignedIPv4, assignedIPv6, availableIPv4, availableIPv6 };
    const [a, b] = [JSON.stringify(told), JSON.stringify(counted)];
    return a === b ? [] : [`pool ${pool.metadata.name} tells ${a}, and it is ${b}`];
  });
}

function count(addresses: readonly string[], family: "IPv4" | "IPv6"): number {
  return addresses.filter((address) => isOf(address, family)).length;
}

function isOf(address: string, family: "IPv4" | "IPv6"): boolean {
  return address.includes(":") === (family === "IPv6");
}

/** Automatic choice leaves these out. */
function isAvoided(address: string): boolean {
  return /^[0-9.]+\.(0|255)$/.test(address);
}

function ipsOf(lb: LoadBalancer): string[] {
  return (lb.status?.addresses ?? []).map(({ ip }) => ip ?? "");
}
