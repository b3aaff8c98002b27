/** What a router of the lab has: read from FRR's own JSON. */
import type { Frr } from "./frr.ts";

export interface Path {
  /** The address or the interface of the neighbour it came from. */
  readonly from: string;
  readonly asPath: string;
  readonly localPref: number | undefined;
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
  readonly stale: boolean;
}

export interface Router extends Frr {
  /** The paths to a prefix, from all neighbours. */
  pathsTo(prefix: string): Promise<Path[]>;
  /** All prefixes that it has heard of, sorted. */
  prefixes(): Promise<string[]>;
  session(neighbor: string): Promise<Session>;
  /** Forgets all of BGP, and begins with these lines. */
  begin(asn: number, lines: readonly string[]): Promise<void>;
}

export interface Session {
  readonly state: string;
  /** How many times it has been established. */
  readonly established: number;
  readonly lastReset: string | undefined;
}

interface ShownPath {
  readonly aspath: { readonly string: string };
  readonly locPrf?: number;
  readonly stale?: boolean;
  readonly community?: { readonly list: readonly string[] };
  readonly largeCommunity?: { readonly list: readonly string[] };
  readonly peer: { readonly peerId: string; readonly interface?: string };
}

interface ShownNeighbor {
  readonly bgpState: string;
  readonly connectionsEstablished: number;
  readonly lastResetDueTo?: string;
  readonly lastNotificationReason?: string;
}

export function asRouter(frr: Frr): Router {
  const familyOf = (prefix: string) => (prefix.includes(":") ? "ipv6" : "ipv4");
  return {
    ...frr,
    async pathsTo(prefix) {
      const shown = await frr.json<{ paths?: readonly ShownPath[] }>(
        `show bgp ${familyOf(prefix)} unicast ${prefix} json`,
      );
      return (shown.paths ?? []).map((path) => ({
        from: path.peer.interface ?? path.peer.peerId,
        asPath: path.aspath.string,
        localPref: path.locPrf,
        communities: path.community?.list ?? [],
        largeCommunities: path.largeCommunity?.list ?? [],
        stale: path.stale ?? false,
      }));
    },
    async prefixes() {
      const found: string[] = [];
      for (const family of ["ipv4", "ipv6"]) {
        const { routes = {} } = await frr.json<{ routes?: object }>(`show bgp ${family} unicast json`);
        found.push(...Object.keys(routes));
      }
      return found.sort();
    },
    async session(neighbor) {
      const all = await frr.json<Record<string, Record<string, ShownNeighbor>>>(
        "show bgp vrf all neighbors json",
      );
      const shown = all.default?.[neighbor];
      if (shown === undefined) throw new Error(`There is no neighbour ${neighbor}`);
      return {
        state: shown.bgpState,
        established: shown.connectionsEstablished,
        lastReset: shown.lastNotificationReason ?? shown.lastResetDueTo,
      };
    },
    async begin(asn, lines) {
      const text = await frr.show("show running-config bgpd");
      const old = /^router bgp \d+$/m.exec(text)?.[0];
      await frr.configure([
        ...(old === undefined ? [] : [`no ${old}`]),
        `router bgp ${asn}`,
        " no bgp ebgp-requires-policy",
        " bgp bestpath as-path multipath-relax",
        ...lines.map((line) => ` ${line}`),
      ]);
    },
  };
}
