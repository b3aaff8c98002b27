/** Small pools whose addresses can be written down one by one, so that what the controller counts can be counted again. */
import { type IPAddressPool, ipAddressPools } from "../../../src/api/ip-address-pool.ts";
import { isNotFound } from "../../../src/runtime/kube/api-error.ts";
import type { Cluster } from "../support/cluster.ts";
import type { Random } from "./random.ts";

/** `prefix` and a number from `from` to `to`: decimal after a dot, hexadecimal after a colon. */
interface Span {
  readonly prefix: string;
  readonly from: number;
  readonly to: number;
}

interface Layout {
  readonly spans: readonly Span[];
  readonly autoAssign: boolean;
}

const spanOf = (prefix: string, from: number, to: number): Span => ({ prefix, from, to });
const [big, small, comes, six, pins] = ["10.1.0.", "10.2.0.", "10.3.0.", "fd00:1::", "10.9.0."];

/** What each pool is edited to in turn; `undefined`: it is deleted. */
const LAYOUTS: Readonly<Record<string, readonly (Layout | undefined)[]>> = {
  big: [
    { autoAssign: true, spans: [spanOf(big, 0, 126)] },
    { autoAssign: true, spans: [spanOf(big, 0, 30), spanOf(big, 60, 126)] },
    { autoAssign: true, spans: [spanOf(big, 40, 150)] },
  ],
  small: [
    { autoAssign: true, spans: [spanOf(small, 1, 60)] },
    { autoAssign: true, spans: [spanOf(small, 20, 40)] },
    undefined,
  ],
  comes: [undefined, { autoAssign: true, spans: [spanOf(comes, 1, 40)] }],
  six: [
    { autoAssign: true, spans: [spanOf(six, 1, 90)] },
    { autoAssign: true, spans: [spanOf(six, 30, 60)] },
    undefined,
  ],
  pins: [
    { autoAssign: false, spans: [spanOf(pins, 1, 40)] },
    { autoAssign: false, spans: [spanOf(pins, 1, 20)] },
  ],
};

export interface Pools {
  create(): Promise<void>;
  /** Makes one pool, chosen by `random`, something else. */
  edit(random: Random): Promise<void>;
  /** What each pool that is there has to give. */
  list(): Promise<
    { readonly pool: IPAddressPool; readonly autoAssign: boolean; readonly addresses: string[] }[]
  >;
}

/** An address to ask for by name. */
export function anyPin(random: Random): string {
  return `${pins}${random.between(1, 40)}`;
}

export function poolsOf(cluster: Cluster): Pools {
  const state = new Map(Object.keys(LAYOUTS).map((name) => [name, 0]));
  const layoutOf = (name: string) => LAYOUTS[name]?.[state.get(name) ?? 0];

  const put = async (name: string, layout: Layout | undefined) => {
    const ref = { name };
    if (layout === undefined) {
      await cluster.remove(ipAddressPools, ref).catch(unlessGone);
      return;
    }
    const spec = {
      autoAssign: layout.autoAssign,
      addresses: layout.spans.map(({ prefix, from, to }) => `${text(prefix, from)}-${text(prefix, to)}`),
    };
    try {
      await cluster.edit(ipAddressPools, ref, { spec });
    } catch (error) {
      unlessGone(error);
      await cluster.createPool(name, spec);
    }
  };
  return {
    async create() {
      for (const name of Object.keys(LAYOUTS)) await put(name, layoutOf(name));
    },
    async edit(random) {
      const name = random.pick(Object.keys(LAYOUTS));
      const count = LAYOUTS[name]?.length ?? 1;
      state.set(name, ((state.get(name) ?? 0) + random.between(1, count - 1)) % count);
      await put(name, layoutOf(name));
    },
    async list() {
      const { items } = await cluster.client.list(ipAddressPools);
      return items.map((pool) => {
        const layout = layoutOf(pool.metadata.name ?? "");
        const addresses = (layout?.spans ?? []).flatMap(({ prefix, from, to }) =>
          Array.from({ length: to - from + 1 }, (_, index) => text(prefix, from + index)),
        );
        return { pool, autoAssign: layout?.autoAssign ?? false, addresses };
      });
    },
  };
}

function text(prefix: string, number: number): string {
  return `${prefix}${number.toString(prefix.endsWith(":") ? 16 : 10)}`;
}

function unlessGone(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
