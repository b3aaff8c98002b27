/** Bare metal: load balancers get addresses from IPAddressPools. Everything it decides is in `src/core/allocator`. */
import { type IPAddressPool, ipAddressPools } from "../../api/ip-address-pool.ts";
import { namespaces } from "../../api/kubernetes.ts";
import type { LoadBalancerAddress } from "../../api/load-balancer.ts";
import { type Allocator, createAllocator } from "../../core/allocator/allocator.ts";
import type { Allocation, Holding, PoolUsage } from "../../core/allocator/contract.ts";
import { formatAddress } from "../../core/ip/address.ts";
import type { DirectProvider, Outcome, ProviderContext, RecordedMember } from "../provider.ts";
import { BARE_METAL_ANNOTATIONS } from "./annotations.ts";
import { type PoolsInForce, poolsInForce } from "./pools.ts";
import { allocationRequest, readAddresses } from "./requests.ts";

export const BARE_METAL = "bare-metal";

export interface BareMetalProvider extends DirectProvider {
  /** What became of the pools, and how much of them is used. */
  pool(name: string): PoolState | undefined;
  /** Called after the usage of pools may have changed. */
  onUsage(changed: () => void): void;
}

export interface PoolState {
  readonly verdict: NonNullable<ReturnType<PoolsInForce["verdicts"]["get"]>>;
  /** `undefined` while none of its ranges is in force. */
  readonly usage: PoolUsage | undefined;
}

export function createBareMetal(): BareMetalProvider {
  const allocator = createAllocator();
  let context: ProviderContext | undefined;
  let inForce: PoolsInForce = { configs: [], verdicts: new Map() };
  const usageWatchers: (() => void)[] = [];
  const usageChanged = () => {
    for (const changed of usageWatchers) changed();
  };

  /** Who waits is served before anybody who comes later can take what became free. */
  const serveWaiting = () => {
    const concerned = allocator.serveWaiting();
    if (concerned.length > 0) context?.wake(concerned);
    usageChanged();
  };
  const readPools = () => {
    if (context === undefined) return;
    const { objects } = context;
    inForce = poolsInForce(objects.list<IPAddressPool>(ipAddressPools), objects.list(namespaces));
    context.wake(allocator.setPools(inForce.configs));
    serveWaiting();
  };

  return {
    form: "direct",
    name: BARE_METAL,
    externalResources: false,
    annotations: [BARE_METAL_ANNOTATIONS],
    checkClass: (settings) => noSettings(settings),
    checkSettings: (settings) => noSettings(settings),
    start(given) {
      context = given;
      given.objects.onChange(ipAddressPools, readPools);
      given.objects.onChange(namespaces, () => {
        // Labels of namespaces count only where a pool selects by them.
        if (inForce.configs.some(({ allocation }) => allocation?.namespaces !== undefined)) readPools();
      });
      readPools();
    },
    restore(members) {
      const holdings = members.flatMap((member) => {
        const holding = holdingOf(member);
        const addresses = member.ours
          ? holding.addresses
          : holding.addresses.filter((address) => allocator.poolOf(address) !== undefined);
        return addresses.length > 0 ? [{ ...holding, addresses }] : [];
      });
      const losses = allocator.restore(holdings);
      context?.wake(new Set(losses.map(({ id }) => id)));
    },
    async ensure(member) {
      const allocation = allocator.allocate(allocationRequest(member));
      serveWaiting();
      return outcomeOf(allocation, allocator);
    },
    async release(key) {
      if (allocator.release(key)) serveWaiting();
    },
    pool(name) {
      const verdict = inForce.verdicts.get(name);
      return verdict === undefined ? undefined : { verdict, usage: allocator.usage(name) };
    },
    onUsage: (changed) => void usageWatchers.push(changed),
  };
}

function noSettings(settings: Readonly<Record<string, unknown>>) {
  return Object.keys(settings)
    .sort()
    .slice(0, 8)
    .map((key) => ({
      reason: "InvalidSettings" as const,
      message: `spec.settings.${key}: the provider ${BARE_METAL} has no such setting; remove it`,
    }));
}

function holdingOf(member: RecordedMember): Holding {
  const { key, namespace, name, order, sharing, sharingScope } = member;
  return {
    id: key,
    namespace,
    name,
    order,
    addresses: readAddresses(member.addresses.flatMap(({ ip }) => (ip === undefined ? [] : [ip]))),
    ports: member.ports.map(({ protocol, port }) => ({ protocol, port })),
    sharing: sharing === undefined ? undefined : { ...sharing, scope: sharingScope },
  };
}

function outcomeOf(allocation: Allocation, allocator: Allocator): Outcome {
  if (allocation.state === "pending") {
    return { addresses: [], ports: [], problems: [{ kind: "pending", ...allocation.problem }] };
  }
  const { holding, problems } = allocation;
  const addresses = holding.addresses.map((address): LoadBalancerAddress => {
    const pool = allocator.poolOf(address);
    return { ip: formatAddress(address), ipMode: "VIP", ...(pool === undefined ? {} : { pool }) };
  });
  return {
    addresses,
    ports: holding.ports.map(({ protocol, port }) => ({
      protocol: protocol as "TCP" | "UDP" | "SCTP",
      port,
    })),
    problems: problems.map((problem) => ({ kind: "degraded", ...problem })),
  };
}
