/** Which advertisements count for an address. Pure. */
import type { BGPAdvertisement } from "../../api/bgp-advertisement.ts";
import type { IPAddressPool, IPAddressPoolSpec } from "../../api/ip-address-pool.ts";
import type { L2Advertisement, L2AdvertisementSpec } from "../../api/l2-advertisement.ts";
import { selectsPool, selectsService } from "../../core/advertising/selects.ts";
import { specInForce } from "../../core/advertising/spec-in-force.ts";
import { compareText } from "../../core/compare-text.ts";
import type { Layer2Mode } from "../world.ts";
import { type GivenAddress, type Sharer, serviceKey } from "./given-addresses.ts";
import type { ClusterObjects } from "./objects.ts";
import type { AddressWord } from "./verdict.ts";

export interface AdvertisementInForce {
  readonly name: string;
  readonly spec: L2AdvertisementSpec;
}

/** What is known of an address before nodes are looked at. */
export interface Advertising {
  readonly word: AddressWord;
  readonly message: string;
  /** Of whom a node has to be selected by one; undefined: every node may, wherever the address is on-link. Empty: nobody may. */
  readonly by: readonly AdvertisementInForce[] | undefined;
  readonly mode: Layer2Mode;
}

export interface AdvertisingRules {
  readonly advertisements: readonly AdvertisementInForce[];
  of(given: GivenAddress): Advertising;
}

type Objects = Pick<ClusterObjects, "pools" | "l2Advertisements" | "bgpAdvertisements" | "serviceLabels">;

/**
 * @param before how an address was announced before, if it was; needed for those whose pool is gone: they go on, and nothing begins
 * that was not announced.
 */
export function advertisingRules(
  objects: Objects,
  before: (address: string) => Layer2Mode | undefined,
): AdvertisingRules {
  const pools = new Map(objects.pools.map((pool) => [pool.metadata.name ?? "", pool]));
  const advertisements = inForce(objects.l2Advertisements);
  const byBgp = inForce(objects.bgpAdvertisements);

  const of = (given: GivenAddress): Advertising => {
    const pool = given.pool === undefined ? undefined : pools.get(given.pool);
    const selection = { name: given.pool, labels: pool?.metadata.labels };
    const selecting = advertisements.filter(({ spec }) => selectsPool(spec, selection));
    const spec = pool === undefined ? undefined : specOf(pool);
    const earlier = before(given.address);
    const mode = spec?.layer2Mode ?? earlier ?? "Respond";
    if (selecting.length > 0) return { mode, ...forSharers(given, selecting, objects.serviceLabels) };
    const named = given.pool === undefined ? "a pool" : `IPAddressPool ${given.pool}`;
    if (pool === undefined) {
      if (earlier === undefined)
        return nobody("PoolNotAdvertised", `${named} is gone, and no L2Advertisement names it`, mode);
      const message = `${named} is gone: the address is announced from all nodes, as nothing says where any more`;
      return { word: "PoolGone", message, by: undefined, mode };
    }
    if (pool.status?.advertised === true || byBgp.some((each) => selectsPool(each.spec, selection)))
      return nobody(
        "PoolNotAdvertised",
        `no L2Advertisement selects ${named}; its spec.advertise does not count any more since an advertisement has selected it`,
        mode,
      );
    if (spec?.advertise === "None")
      return nobody(
        "PoolNotAdvertised",
        `no L2Advertisement selects ${named}, and its spec.advertise is None`,
        mode,
      );
    const message = `${named} says so itself (spec.advertise: Layer2)`;
    return { word: "Advertised", message, by: undefined, mode };
  };
  return { advertisements, of };
}

/** An advertisement that picks only some of those who share an address can't be followed: they have one neighbour entry in common. */
function forSharers(
  { sharers }: GivenAddress,
  selecting: readonly AdvertisementInForce[],
  serviceLabels: ClusterObjects["serviceLabels"],
): Pick<Advertising, "word" | "message" | "by"> {
  const by: AdvertisementInForce[] = [];
  let divided: string | undefined;
  for (const advertisement of selecting) {
    if ((advertisement.spec.serviceSelectors ?? []).length === 0) {
      by.push(advertisement);
      continue;
    }
    const picked = sharers.filter((each) =>
      selectsService(advertisement.spec, labelsOf(each, serviceLabels)),
    );
    const left = sharers.find((each) => !picked.includes(each));
    if (left === undefined) by.push(advertisement);
    else if (picked[0] !== undefined)
      divided ??= `L2Advertisement ${advertisement.name} selects ${nameOf(picked[0])} and not ${nameOf(left)}, which share the address: give both the labels that it selects, or neither`;
  }
  const names = by.map(({ name }) => name).join(", ");
  if (by.length > 0) return { word: "Advertised", message: `L2Advertisement ${names}`, by };
  if (divided !== undefined) return { word: "PartlySelected", message: divided, by };
  const all = selecting.map(({ name }) => name).join(", ");
  const who = sharers.map(nameOf).join(", ");
  return {
    word: "ServiceNotSelected",
    message: `serviceSelectors of L2Advertisement ${all} do not select ${who}`,
    by,
  };
}

function labelsOf(sharer: Sharer, serviceLabels: ClusterObjects["serviceLabels"]) {
  const key = serviceKey(sharer);
  return key === undefined ? sharer.labels : serviceLabels(key);
}

function nameOf({ namespace, name, service }: Sharer): string {
  return `${namespace}/${service ?? name}`;
}

function nobody(word: AddressWord, message: string, mode: Layer2Mode): Advertising {
  return { word, message, by: [], mode };
}

/** By name. */
function inForce<T extends L2Advertisement | BGPAdvertisement>(
  objects: readonly T[],
): { readonly name: string; readonly spec: T["spec"] }[] {
  return objects
    .flatMap((object) => {
      const spec = specInForce<T["spec"]>(object);
      return spec === undefined ? [] : [{ name: object.metadata.name ?? "", spec }];
    })
    .sort((a, b) => compareText(a.name, b.name));
}

/** One that was accepted by an older release has not all fields, and has the defaults of what it lacks. */
function specOf(pool: IPAddressPool): Partial<IPAddressPoolSpec> {
  return specInForce(pool) ?? pool.spec;
}
