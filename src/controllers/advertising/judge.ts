/** What comes of all that says how and where addresses are announced, looked at together. Pure. */
import type { Announcer } from "../../api/announcer.ts";
import type { BFDProfile } from "../../api/bfd-profile.ts";
import type { BGPAdvertisement, BGPAdvertisementSpec } from "../../api/bgp-advertisement.ts";
import type { BGPPeer, BGPPeerSpec } from "../../api/bgp-peer.ts";
import type { Community, CommunitySpec } from "../../api/community.ts";
import type { IPAddressPool } from "../../api/ip-address-pool.ts";
import type { Node } from "../../api/kubernetes.ts";
import type { L2Advertisement } from "../../api/l2-advertisement.ts";
import type { KubeObject } from "../../api/meta.ts";
import { selectsPool } from "../../core/advertising/selects.ts";
import { orderOf } from "../../core/order.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import { type Against, acceptInOrder, type InForce, type Verdict } from "./accept-in-order.ts";
import { advertisementAgainst, judgeBgpAdvertisement } from "./bgp-advertisements.ts";
import { peerAgainst, peerFlaws } from "./bgp-peers.ts";
import { communityAgainst, ownersOf } from "./communities.ts";
import { judgeL2Advertisement } from "./l2-advertisements.ts";
import { knownPools } from "./pool-ranges.ts";
import { problemsTold } from "./problems-told.ts";
import { type Sessions, sessionsWith } from "./sessions.ts";
import { surroundings } from "./surroundings.ts";

export interface AdvertisingObjects {
  readonly l2Advertisements: readonly L2Advertisement[];
  readonly bgpAdvertisements: readonly BGPAdvertisement[];
  readonly bgpPeers: readonly BGPPeer[];
  readonly bfdProfiles: readonly BFDProfile[];
  readonly communities: readonly Community[];
  /** Of this and what follows, `undefined`: which there are is not known, and nothing is said that depends on it. */
  readonly pools: readonly IPAddressPool[] | undefined;
  readonly nodes: readonly Node[] | undefined;
  readonly announcers: readonly Announcer[] | undefined;
}

/** Of which kinds the names that objects refer to are all known. */
export type KnownNames = Readonly<Record<"bgpPeers" | "bfdProfiles" | "communities", boolean>>;

export interface Judged {
  readonly refusal: Finding | undefined;
  /** `undefined`: nothing was ever accepted. */
  readonly inForce: object | undefined;
  /** What of it does not work as it is. */
  readonly flaws: readonly Finding[];
  /** How many it selects, or is used by; only what is known. */
  readonly counts: { readonly pools?: number; readonly nodes?: number; readonly peers?: number };
}

export interface JudgedPeer extends Judged {
  readonly sessions: Sessions | undefined;
}

/** Each by name. */
export interface Judgements {
  readonly l2Advertisements: ReadonlyMap<string, Judged>;
  readonly bgpAdvertisements: ReadonlyMap<string, Judged>;
  readonly bgpPeers: ReadonlyMap<string, JudgedPeer>;
  readonly bfdProfiles: ReadonlyMap<string, Judged>;
  readonly communities: ReadonlyMap<string, Judged>;
  /** Names of the pools that an advertisement in force selects. */
  readonly advertised: ReadonlySet<string>;
}

const ALL_KNOWN: KnownNames = { bgpPeers: true, bfdProfiles: true, communities: true };

export function judgeAdvertising(objects: AdvertisingObjects, known: KnownNames = ALL_KNOWN): Judgements {
  const pools = objects.pools && knownPools(objects.pools);
  const around = surroundings({ ...objects, pools });
  const told = problemsTold(objects.announcers ?? []);
  const communities = accept<Community, CommunitySpec>(objects.communities, communityAgainst);
  const peers = accept<BGPPeer, BGPPeerSpec>(objects.bgpPeers, peerAgainst(around));
  const byBgp = accept<BGPAdvertisement, BGPAdvertisementSpec>(
    objects.bgpAdvertisements,
    advertisementAgainst(around),
  );
  const inForce = byBgp.values().flatMap(({ inForce: spec }) => (spec === undefined ? [] : [spec]));
  const selecting = [...inForce, ...objects.l2Advertisements.map(({ spec }) => spec)];
  const names = {
    peers: known.bgpPeers ? new Set(peers.keys()) : undefined,
    communities: known.communities ? new Set(ownersOf(specsOf(communities)).keys()) : undefined,
  };

  const judged = <Spec extends object>(
    kind: string,
    name: string,
    verdict: Verdict<Spec>,
    found: { readonly flaws: readonly Finding[]; readonly counts: Judged["counts"] },
  ): Judged => ({
    refusal: verdict.refusal,
    inForce: verdict.inForce,
    flaws: [verdict.flaw, ...found.flaws, told(kind, name)].filter((each) => each !== undefined),
    counts: found.counts,
  });

  return {
    l2Advertisements: new Map(
      objects.l2Advertisements.map(({ metadata: { name = "" }, spec }) => {
        const { pools: some, nodes, flaws } = judgeL2Advertisement(spec, around);
        const counts = { pools: some?.length, nodes: nodes?.size };
        return [name, judged("L2Advertisement", name, accepted(spec), { flaws, counts: knownIn(counts) })];
      }),
    ),
    bgpAdvertisements: mapped(byBgp, objects.bgpAdvertisements, (name, verdict, { spec }) => {
      const found = judgeBgpAdvertisement(verdict.inForce ?? spec, around, names);
      const counts = knownIn({
        pools: found.pools?.length,
        nodes: found.nodes?.size,
        peers: names.peers && found.peers,
      });
      return judged("BGPAdvertisement", name, verdict, { flaws: found.flaws, counts });
    }),
    bgpPeers: mapped(peers, objects.bgpPeers, (name, verdict, { spec: wanted }) => {
      const spec = verdict.inForce ?? wanted;
      const flaws = peerFlaws(spec, known.bfdProfiles ? objects.bfdProfiles : undefined, around);
      const sessions = verdict.inForce && sessionsWith(name, verdict.inForce, around);
      return { ...judged("BGPPeer", name, verdict, { flaws, counts: {} }), sessions };
    }),
    bfdProfiles: new Map(
      objects.bfdProfiles.map(({ metadata: { name = "" }, spec }) => {
        const users = specsOf(peers).filter(({ spec: peer }) => peer.bfdProfile === name);
        const counts = known.bgpPeers ? { peers: [...users].length } : {};
        return [name, judged("BFDProfile", name, accepted(spec), { flaws: [], counts })];
      }),
    ),
    communities: mapped(communities, objects.communities, (name, verdict) =>
      judged("Community", name, verdict, { flaws: [], counts: {} }),
    ),
    advertised: new Set(
      (pools ?? [])
        .filter((pool) => selecting.some((spec) => selectsPool(spec, pool)))
        .map(({ name }) => name),
    ),
  };
}

function accept<T extends KubeObject & { spec: Spec; status?: { acceptedSpec?: unknown } | undefined }, Spec>(
  objects: readonly T[],
  against: Against<Spec>,
): ReadonlyMap<string, Verdict<Spec>> {
  return acceptInOrder(
    objects.map(({ metadata, spec, status }) => ({
      name: metadata.name ?? "",
      order: orderOf(metadata),
      wanted: spec,
      accepted: status?.acceptedSpec as Spec | undefined,
    })),
    against,
  );
}

function accepted<Spec>(spec: Spec): Verdict<Spec> {
  return { inForce: spec, refusal: undefined, flaw: undefined };
}

function specsOf<Spec>(verdicts: ReadonlyMap<string, Verdict<Spec>>): IteratorObject<InForce<Spec>> {
  return verdicts
    .entries()
    .flatMap(([name, { inForce: spec }]) => (spec === undefined ? [] : [{ name, order: "", spec }]));
}

function mapped<T extends KubeObject, Spec, To>(
  verdicts: ReadonlyMap<string, Verdict<Spec>>,
  objects: readonly T[],
  make: (name: string, verdict: Verdict<Spec>, object: T) => To,
): ReadonlyMap<string, To> {
  return new Map(
    objects.flatMap((object) => {
      const { name = "" } = object.metadata;
      const verdict = verdicts.get(name);
      return verdict === undefined ? [] : [[name, make(name, verdict, object)] as const];
    }),
  );
}

/** Without what is not known. */
function knownIn(counts: { readonly [K in keyof Judged["counts"]]: number | undefined }): Judged["counts"] {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined));
}
