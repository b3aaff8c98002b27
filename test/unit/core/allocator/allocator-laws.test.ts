/** The laws of the allocator, tried on random stories in a world so small that every answer can be checked by hand. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Allocator, createAllocator } from "../../../../src/core/allocator/allocator.ts";
import type {
  Allocation,
  AllocationRequest,
  Holding,
  PoolConfig,
  Sharing,
} from "../../../../src/core/allocator/contract.ts";
import { formatAddress, type IPAddress, type IPFamily } from "../../../../src/core/ip/address.ts";
import { type AddressRange, rangeContains } from "../../../../src/core/ip/range.ts";
import { ip, pool, range, request, said } from "./builders.ts";

/**
 * Entries that don't overlap, so that any deal of them to pools is one that would be accepted; so few that they run out.
 */
const entries = ["10.0.0.254-10.0.1.1", "10.0.2.0", "10.0.3.1", "2001:db8::1", "2001:db8::8-2001:db8::9"];
const everywhere = entries.map(range);
const ids = ["s1", "s2", "s3", "s4", "s5", "s6", "s7"];
const poolNames = ["a", "b", "c"];
const addresses = [...everywhere.flatMap(membersOf).map(formatAddress), "192.0.2.1"];

const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined, freq: 2 });
const rarely = <T>(one: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: one });
const anyPools = fc
  .tuple(
    fc.array(fc.nat(4), { minLength: entries.length, maxLength: entries.length }),
    fc.array(
      fc.record({
        autoAssign: fc.constantFrom(true, true, true, false),
        avoidBuggyIPs: fc.boolean(),
        priority: fc.nat(2),
        allocation: rarely(
          fc.record({
            namespaces: maybe(fc.subarray(["n1", "n2"]).map((names) => new Set(names))),
            serviceSelectors: fc.subarray([{ matchLabels: { app: "web" } }]),
          }),
        ),
      }),
      { minLength: poolNames.length, maxLength: poolNames.length },
    ),
  )
  .map(([deal, settings]) =>
    poolNames
      .map((name, at) =>
        pool(
          name,
          entries.filter((_, entry) => deal[entry] === at),
          settings[at],
        ),
      )
      .filter(({ ranges }) => ranges.length > 0),
  );
const anyRequest = fc
  .record({
    id: fc.constantFrom(...ids),
    namespace: fc.constantFrom("n1", "n2"),
    labels: fc.constantFrom<Record<string, string>>({}, { app: "web" }),
    families: fc.constantFrom<readonly IPFamily[]>(["IPv4"], ["IPv6"], ["IPv4", "IPv6"], ["IPv6", "IPv4"]),
    familyPolicy: fc.constantFrom("SingleStack", "PreferDualStack", "RequireDualStack"),
    addresses: fc.oneof(
      { weight: 3, arbitrary: fc.constant<string[]>([]) },
      { weight: 1, arbitrary: fc.array(fc.constantFrom(...addresses), { maxLength: 2 }) },
    ),
    pool: rarely(fc.constantFrom(...poolNames)),
    ports: fc.subarray(["TCP/80", "TCP/443", "UDP/80"], { minLength: 1 }),
    // Mostly the same, or hardly anybody would share.
    sharing: fc.oneof(
      { weight: 4, arbitrary: fc.constant<Partial<Sharing>>({}) },
      {
        weight: 3,
        arbitrary: fc.constantFrom<Partial<Sharing>[]>({ key: "l" }, { scope: "m" }, { backend: "web" }),
      },
      { weight: 2, arbitrary: fc.constant(undefined) },
    ),
    limits: rarely(
      fc.record({
        pools: maybe(fc.subarray(poolNames)),
        ranges: maybe(fc.constant([range("10.0.0.255-10.0.2.4"), range("2001:db8::/125")])),
      }),
    ),
  })
  .map(({ id, ...wish }) => request(id, wish));

type Step =
  | { readonly do: "ask"; readonly request: AllocationRequest }
  /** Takes one field of `from` over into what `from.id` asked before. */
  | { readonly do: "edit"; readonly from: AllocationRequest; readonly field: keyof AllocationRequest }
  | { readonly do: "release"; readonly id: string }
  | { readonly do: "pools"; readonly pools: PoolConfig[] }
  | { readonly do: "restart"; readonly shuffle: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: anyRequest.map((one) => ({ do: "ask" as const, request: one })) },
  {
    weight: 10,
    arbitrary: fc
      .tuple(
        anyRequest,
        fc.constantFrom<(keyof AllocationRequest)[]>(
          "ports",
          "sharing",
          "addresses",
          "pool",
          "limits",
          "familyPolicy",
        ),
      )
      .map(([from, field]) => ({ do: "edit" as const, from, field })),
  },
  { weight: 3, arbitrary: fc.constantFrom(...ids).map((id) => ({ do: "release" as const, id })) },
  { weight: 1, arbitrary: anyPools.map((pools) => ({ do: "pools" as const, pools })) },
  { weight: 1, arbitrary: fc.nat().map((shuffle) => ({ do: "restart" as const, shuffle })) },
);

test("nobody is moved by others, nobody shares unasked, and nobody waits for what can be had", () => {
  fc.assert(
    fc.property(anyPools, fc.array(anyStep, { maxLength: 40, size: "max" }), (pools, steps) => {
      const world: World = {
        allocator: createAllocator(),
        pools,
        requests: new Map(),
        told: new Map(),
        poolsSeen: { last: pools },
      };
      world.allocator.setPools(pools);
      for (const step of steps) {
        take(world, step);
        lawsHold(world);
      }
    }),
    { numRuns: Number(process.env.FAIRLEAD_TEST_RUNS ?? 200) },
  );
});

test("requests that come together get the same, in whatever order they are listed", () => {
  const requests = fc.uniqueArray(anyRequest, { selector: ({ id }) => id, maxLength: ids.length });
  const listed = requests.chain((all) =>
    fc.record({
      all: fc.constant(all),
      shuffled: fc.shuffledSubarray(all, { minLength: all.length }),
      orders: fc.array(fc.constantFrom("1", "2", "3"), { minLength: all.length, maxLength: all.length }),
    }),
  );
  fc.assert(
    fc.property(anyPools, listed, (pools, { all, shuffled, orders }) => {
      const order = new Map(all.map(({ id }, at) => [id, orders[at] ?? ""]));
      const [one, other] = [all, shuffled].map((list) => {
        const allocator = createAllocator();
        allocator.setPools(pools);
        allocator.allocateAll(list.map((asked) => ({ ...asked, order: order.get(asked.id) ?? "" })));
        allocator.serveWaiting();
        return holdings(allocator);
      });
      expect(other).toEqual(one);
    }),
  );
});

test("records are taken back alike in whatever order, and in however many calls, they are read", () => {
  const records = fc
    .uniqueArray(fc.tuple(anyRequest, fc.subarray(addresses, { maxLength: 3 }), fc.boolean()), {
      selector: ([{ id }]) => id,
      minLength: 2,
    })
    .map((all) =>
      all.map(([{ id, namespace, name, ports, sharing }, texts, hasPorts]): Holding => {
        // Few addresses for many, and a few ages for all.
        const held = texts.length > 0 ? texts : ["10.0.2.0"];
        const order = String(texts.length % 2);
        return { id, namespace, name, order, sharing, ports: hasPorts ? ports : [], addresses: held.map(ip) };
      }),
    );
  const read = records.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }), fc.nat(6)),
  );
  fc.assert(
    fc.property(read, ([all, shuffled, cut]) => {
      const atOnce = createAllocator();
      const losses = atOnce.restore(all);
      const inParts = createAllocator();
      inParts.restore(shuffled.slice(0, cut));
      inParts.restore(shuffled.slice(cut));
      expect(holdings(inParts)).toEqual(holdings(atOnce));

      for (const { id, address } of losses)
        expect(atOnce.holdersOf(address).map((one) => one.id)).not.toContain(id);
      for (const address of everywhere.flatMap(membersOf)) {
        const holders = atOnce.holdersOf(address);
        for (const [at, one] of holders.entries()) {
          for (const other of holders.slice(at + 1)) {
            expect(one.sharing && other.sharing).toBeDefined();
            expect(portsMeet(one.ports, other.ports)).toBe(false);
          }
        }
      }
    }),
    { numRuns: 500 },
  );
});

interface World {
  allocator: Allocator;
  pools: readonly PoolConfig[];
  requests: Map<string, AllocationRequest>;
  /** What each was last told. */
  told: Map<string, string>;
  poolsSeen: { last: readonly PoolConfig[] };
}

function take(world: World, step: Step): void {
  const { allocator, requests } = world;
  const before = holdings(allocator);
  switch (step.do) {
    case "ask":
      ask(world, step.request);
      break;
    case "edit": {
      const asked = requests.get(step.from.id);
      if (asked) ask(world, { ...asked, [step.field]: step.from[step.field] });
      break;
    }
    case "release":
      requests.delete(step.id);
      allocator.release(step.id);
      onlyChanged(before, holdings(allocator), [step.id]);
      expect(allocator.get(step.id)).toBeUndefined();
      break;
    case "pools":
      world.pools = step.pools;
      allocator.setPools(step.pools);
      onlyChanged(before, holdings(allocator), []);
      break;
    case "restart":
      restart(world, step.shuffle);
      break;
    default:
      step satisfies never;
  }
  serveWaiting(world);
}

function ask(world: World, asked: AllocationRequest): void {
  const { allocator, requests, told } = world;
  const before = holdings(allocator);
  requests.set(asked.id, asked);
  const answer = allocator.allocate(asked);
  told.set(asked.id, inShort(answer));
  expect(allocator.allocate(asked)).toEqual({ ...answer, released: [] });
  onlyChanged(before, holdings(allocator), [asked.id]);
  keptWhatItHad(world, before.get(asked.id), asked);
}

/** Why somebody waits may change with what others take, and is not told each time. */
function inShort(answer: Allocation): string {
  return answer.state === "pending" ? "waits" : said(answer);
}

/** After this, whoever asks again is told what was last told, unless it was named. */
function serveWaiting({ allocator, requests, told, pools, poolsSeen }: World): void {
  const waiting = allocator.waiting();
  const earlier = holdings(allocator);
  const different = allocator.serveWaiting();
  expect(waiting).toEqual(expect.arrayContaining([...different]));
  onlyChanged(earlier, holdings(allocator), waiting);
  expect(allocator.serveWaiting()).toEqual([]);

  const after = holdings(allocator);
  for (const asked of requests.values()) {
    const now = inShort(allocator.allocate(asked));
    // What a holder is told of its pool changes with the pools, which are read by all.
    const before = told.get(asked.id);
    if (now !== before && !different.includes(asked.id) && pools === poolsSeen.last) {
      expect(`${asked.id}: ${now}`).toBe(`${asked.id}: ${before}`);
    }
    told.set(asked.id, now);
  }
  poolsSeen.last = pools;
  onlyChanged(after, holdings(allocator), []);
}

/** Replays what is recorded, in two orders, then asks for all again: nothing may move. */
function restart(world: World, shuffle: number): void {
  const before = holdings(world.allocator);
  const records = [...before.values()].sort((a, b) => mixed(a.id, shuffle) - mixed(b.id, shuffle));
  const fresh = createAllocator();
  fresh.setPools(world.pools);
  expect(fresh.restore(records)).toEqual([]);
  onlyChanged(before, holdings(fresh), []);

  const other = createAllocator();
  for (const record of records.toReversed()) expect(other.restore([record])).toEqual([]);
  other.setPools(world.pools);
  onlyChanged(before, holdings(other), []);

  for (const { id } of records) {
    const one = world.requests.get(id);
    if (one) fresh.allocate(one);
  }
  onlyChanged(before, holdings(fresh), []);
  fresh.allocateAll([...world.requests.values()]);
  onlyChanged(before, holdings(fresh), []);
  world.allocator = fresh;
}

function mixed(id: string, seed: number): number {
  return ((id.charCodeAt(1) + 1) * 7919 * (seed + 1)) % 101;
}

function holdings(allocator: Allocator): Map<string, Holding> {
  return new Map(ids.flatMap((id) => allocator.get(id) ?? []).map((holding) => [holding.id, holding]));
}

function onlyChanged(
  before: Map<string, Holding>,
  after: Map<string, Holding>,
  allowed: readonly string[],
): void {
  const others = (all: Map<string, Holding>) =>
    [...all.values()]
      .filter(({ id }) => !allowed.includes(id))
      .map((one) => `${one.id} ${one.addresses.map(formatAddress).join(" ")}`);
  expect(others(after)).toEqual(others(before));
}

/** The one who asked lost an address only if it wanted another, or collided with somebody's port. */
function keptWhatItHad(world: World, before: Holding | undefined, asked: AllocationRequest): void {
  const now = world.allocator.get(asked.id)?.addresses ?? [];
  for (const address of before?.addresses ?? []) {
    if (now.some((other) => same(other, address))) continue;
    const wanted = asked.familyPolicy === "SingleStack" ? asked.families.slice(0, 1) : asked.families;
    if (!wanted.includes(address.family)) continue;
    const others = world.allocator.holdersOf(address);
    if (others.some((other) => portsMeet(other.ports, asked.ports))) continue;
    const instead = now.find(({ family }) => family === address.family);
    const isAsked = asked.addresses.some((other) => instead && same(other, instead));
    const isOfPool = instead && world.allocator.poolOf(instead) === asked.pool;
    expect({ lost: formatAddress(address), for: isAsked || isOfPool }).toMatchObject({ for: true });
  }
}

function lawsHold(world: World): void {
  const { allocator, requests, pools } = world;
  // Collected, not expected one by one: this is asked a million times.
  const broken: string[] = [];
  for (const address of everywhere.flatMap(membersOf)) {
    const holders = allocator.holdersOf(address);
    for (const [at, one] of holders.entries()) {
      for (const other of holders.slice(at + 1)) {
        if (agree(one.sharing, other.sharing) && !portsMeet(one.ports, other.ports)) continue;
        broken.push(`${one.id} and ${other.id} both have ${formatAddress(address)}`);
      }
    }
  }
  for (const one of pools) expect(allocator.usage(one.name)).toEqual(countedByHand(allocator, one));
  for (const asked of requests.values()) {
    const answer = allocator.allocate(asked);
    if (!rightly(world, asked, said(answer))) broken.push(`${asked.id} wrongly told: ${said(answer)}`);
    if (answer.state === "held" && answer.holding.ports !== asked.ports)
      broken.push(`${asked.id} has other ports`);
  }
  expect(broken).toEqual([]);
}

/** Whether brute force comes to the same: what is missing or waited for can't be had. */
function rightly(world: World, asked: AllocationRequest, answer: string): boolean {
  const wanted = asked.familyPolicy === "SingleStack" ? asked.families.slice(0, 1) : asked.families;
  const texts = asked.addresses.map(formatAddress);
  const contradicts =
    asked.addresses.some(({ family }) => !wanted.includes(family)) ||
    wanted.some(
      (family) => new Set(texts.filter((text) => text.includes(":") === (family === "IPv6"))).size > 1,
    ) ||
    (asked.familyPolicy === "RequireDualStack" && wanted.length < 2);
  const held = world.allocator.get(asked.id)?.addresses ?? [];
  const can = (family: IPFamily) => !contradicts && canServe(world, asked, family);
  const asksFor = (family: IPFamily) => asked.addresses.some((address) => address.family === family);

  if (held.length === 0) {
    if (wanted.some((family) => asksFor(family) && !can(family))) return true;
    return asked.familyPolicy === "RequireDualStack" ? !wanted.every(can) : !wanted.some(can);
  }
  const missing = wanted.filter((family) => !held.some((address) => address.family === family));
  if (missing.length > 0 !== answer.includes("SecondFamilyUnavailable")) return false;
  if (missing.some(can)) return false;
  const unmet = held.filter(({ family, ...address }) => {
    if (asksFor(family)) return !asked.addresses.some((other) => same(other, { family, ...address }));
    const from = world.allocator.get(asked.id)?.pools?.[family];
    return (
      asked.pool !== undefined && ![from, world.allocator.poolOf({ family, ...address })].includes(asked.pool)
    );
  });
  if (!contradicts && unmet.length > 0 !== answer.includes("RequestedAddressUnavailable")) return false;
  return !unmet.some(({ family }) => can(family));
}

/** Tries every address there is. */
function canServe({ allocator, pools }: World, asked: AllocationRequest, family: IPFamily): boolean {
  const inForce = allocator.get(asked.id);
  const mayJoin = inForce === undefined || agree(inForce.sharing, asked.sharing);
  const wish = asked.addresses.find((address) => address.family === family);
  return pools.some((one) => {
    const { namespaces, serviceSelectors } = one.allocation ?? { serviceSelectors: [] };
    if (namespaces && !namespaces.has(asked.namespace)) return false;
    if (serviceSelectors.length > 0 && asked.labels.app !== "web") return false;
    if (asked.pool !== undefined && asked.pool !== one.name) return false;
    if (asked.pool === undefined && !wish && !one.autoAssign) return false;
    if (asked.limits?.pools && !asked.limits.pools.includes(one.name)) return false;
    return one.ranges.some((entry) =>
      membersOf(entry).some((address) => {
        if (address.family !== family || (wish && !same(wish, address))) return false;
        const { ranges } = asked.limits ?? {};
        if (ranges && !ranges.some((allowed) => rangeContains(allowed, address))) return false;
        const others = allocator.holdersOf(address).filter(({ id }) => id !== asked.id);
        if (others.length > 0) {
          return (
            mayJoin &&
            others.every(
              (other) => agree(other.sharing, asked.sharing) && !portsMeet(other.ports, asked.ports),
            )
          );
        }
        const isOdd = isAwkward(address);
        return wish !== undefined || !isOdd || !one.avoidBuggyIPs || entry.first === entry.last;
      }),
    );
  });
}

/** As a person sees it: a last octet of 0 or 255, or (in the /64s used here) zeros alone at the end. */
function isAwkward(address: IPAddress): boolean {
  const text = formatAddress(address);
  return address.family === "IPv4" ? /\.(0|255)$/.test(text) : text.endsWith("::");
}

function countedByHand(allocator: Allocator, one: PoolConfig) {
  const count = { assignedIPv4: 0n, assignedIPv6: 0n, availableIPv4: 0n, availableIPv6: 0n };
  for (const entry of one.ranges) {
    for (const address of membersOf(entry)) {
      const isOdd = isAwkward(address);
      if (allocator.holdersOf(address).length > 0) count[`assigned${address.family}`]++;
      else if (!isOdd || !one.avoidBuggyIPs || entry.first === entry.last)
        count[`available${address.family}`]++;
    }
  }
  return count;
}

function membersOf({ family, first, last }: AddressRange): IPAddress[] {
  return Array.from({ length: Number(last - first) + 1 }, (_, at) => ({ family, value: first + BigInt(at) }));
}

function same(a: IPAddress, b: IPAddress): boolean {
  return a.family === b.family && a.value === b.value;
}

function agree(a: Sharing | undefined, b: Sharing | undefined): boolean {
  return (
    a !== undefined && b !== undefined && a.key === b.key && a.scope === b.scope && a.backend === b.backend
  );
}

function portsMeet(a: AllocationRequest["ports"], b: AllocationRequest["ports"]): boolean {
  return a.some((one) => b.some((other) => one.protocol === other.protocol && one.port === other.port));
}
