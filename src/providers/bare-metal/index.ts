/** Bare metal: load balancers get addresses from IPAddressPools. Everything it decides is in `src/core/allocator`. */
import { type IPAddressPool, ipAddressPools } from "../../api/ip-address-pool.ts";
import { type Node, namespaces, nodes } from "../../api/kubernetes.ts";
import type { LoadBalancerAddress } from "../../api/load-balancer.ts";
import { type Allocator, createAllocator } from "../../core/allocator/allocator.ts";
import {
  type Allocation,
  type Holding,
  mayShare,
  type PoolUsage,
  portKey,
} from "../../core/allocator/contract.ts";
import type { NodeAddresses } from "../../core/allocator/node-book.ts";
import { formatAddress, type IPAddress, type IPFamily } from "../../core/ip/address.ts";
import type { DirectProvider, Outcome, ProviderContext, RecordedMember } from "../provider.ts";
import { BARE_METAL_ANNOTATIONS } from "./annotations.ts";
import { ownAddresses } from "./node-addresses.ts";
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
  /** Addresses in its ranges that are a node's own, and so not given out. */
  readonly ofNodes: NodeAddresses | undefined;
}

/** More addresses than this are counted, not named. */
const MOST_NAMED = 4;

export function createBareMetal(): BareMetalProvider {
  const allocator = createAllocator();
  let context: ProviderContext | undefined;
  let inForce: PoolsInForce = { configs: [], verdicts: new Map() };
  /** Recorded by other controllers, for addresses that are in no pool of ours so far. */
  const elsewhere = new Map<string, RecordedMember>();
  let isRestored = false;
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
    // Before anybody who waits can take them.
    takeOver([...elsewhere.values()]);
    serveWaiting();
  };
  /** A node came, went, or has other addresses: most often this concerns nobody. */
  const readNode = (node: Node, gone: boolean) => {
    const { holders, pools } = allocator.setNode(node.metadata.name ?? "", gone ? [] : ownAddresses(node));
    context?.wake(holders);
    if (pools) serveWaiting();
  };
  const giveBack = (holdings: readonly Holding[]) => {
    const losses = allocator.restore(holdings.filter(({ addresses }) => addresses.length > 0));
    context?.wake(new Set(losses.map(({ id }) => id)));
  };
  /** What was not recorded by us, or comes late, displaces nobody; what no pool has waits for a pool that has it. */
  const takeOver = (members: readonly RecordedMember[]) => {
    for (const member of members) {
      const holding = holdingOf(member);
      const addresses = holding.addresses.filter(
        (address) =>
          (member.ours || allocator.poolOf(address) !== undefined) && hasRoom(allocator, holding, address),
      );
      if (addresses.length === holding.addresses.length) elsewhere.delete(member.key);
      else elsewhere.set(member.key, member);
      giveBack([{ ...holding, addresses }]);
      if (addresses.length > 0) context?.wake([member.key]);
    }
  };

  return {
    form: "direct",
    watches: ["nodes"],
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
      given.objects.onChange(nodes, readNode);
      // Before any pool, so that nobody is given what is a node's.
      for (const node of given.objects.list(nodes)) readNode(node, false);
      readPools();
    },
    restore(members) {
      const first = isRestored ? [] : members.filter(({ ours }) => ours);
      giveBack(first.map(holdingOf));
      isRestored = true;
      takeOver(members.filter((member) => !first.includes(member)));
    },
    async ensure(member) {
      const allocation = allocator.allocate(allocationRequest(member));
      if (allocation.state === "held") elsewhere.delete(member.key);
      serveWaiting();
      return outcomeOf(allocation, allocator);
    },
    async release(key) {
      elsewhere.delete(key);
      if (allocator.release(key)) serveWaiting();
    },
    pool(name) {
      const verdict = inForce.verdicts.get(name);
      if (verdict === undefined) return undefined;
      return { verdict, usage: allocator.usage(name), ofNodes: allocator.nodesIn(name, MOST_NAMED) };
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

/** Nobody has the address, or all who do would share it and have other ports. */
function hasRoom(allocator: Allocator, { id, sharing, ports }: Holding, address: IPAddress): boolean {
  return allocator
    .holdersOf(address)
    .every(
      (other) =>
        other.id === id ||
        (mayShare(sharing, other.sharing) &&
          other.ports.every((theirs) => ports.every((port) => portKey(port) !== portKey(theirs)))),
    );
}

function holdingOf(member: RecordedMember): Holding {
  const { key, namespace, name, order, sharing } = member;
  return {
    id: key,
    namespace,
    name,
    order,
    addresses: readAddresses(member.addresses.flatMap(({ ip }) => (ip === undefined ? [] : [ip]))),
    pools: recordedPools(member.addresses),
    ports: member.ports.map(({ protocol, port }) => ({ protocol, port })),
    sharing,
  };
}

function recordedPools(recorded: readonly LoadBalancerAddress[]): Holding["pools"] {
  const pools: Partial<Record<IPFamily, string>> = {};
  for (const { ip = "", pool } of recorded) {
    const [address] = readAddresses([ip]);
    if (address !== undefined && pool !== undefined) pools[address.family] = pool;
  }
  return pools;
}

function outcomeOf(allocation: Allocation, allocator: Allocator): Outcome {
  if (allocation.state === "pending") {
    return { addresses: [], ports: [], problems: [{ kind: "pending", ...allocation.problem }] };
  }
  const { holding, problems } = allocation;
  const addresses = holding.addresses.map((address): LoadBalancerAddress => {
    const pool = holding.pools?.[address.family] ?? allocator.poolOf(address);
    return { ip: formatAddress(address), ipMode: "VIP", ...(pool === undefined ? {} : { pool }) };
  });
  return {
    addresses,
    ports: holding.ports.map(({ protocol, port }) => ({
      protocol: protocol as "TCP" | "UDP" | "SCTP",
      port,
    })),
    ...(holding.sharing === undefined ? {} : { sharing: { ...holding.sharing } }),
    problems: problems.map((problem) => ({ kind: "degraded", ...problem })),
  };
}
