/** Keeps the statuses of advertisements, peers, profiles and communities, and knows which pools are advertised. */

import type { Announcer } from "../../api/announcer.ts";
import type { KubeObject } from "../../api/meta.ts";
import { specInForce } from "../../core/advertising/spec-in-force.ts";
import type { Informer } from "../../runtime/cache/informer.ts";
import { keyOf } from "../../runtime/cache/key.ts";
import type { ReconcileContext } from "../../runtime/controller.ts";
import { equal } from "../../runtime/patch/merge-diff.ts";
import type { SilentAgents } from "../announcements/silent-agents.ts";
import type { Backends } from "../backends.ts";
import type { Dependencies, Informers } from "../dependencies.ts";
import { writeOwnStatus } from "../own-status.ts";
import { decides } from "../relevant.ts";
import { type Judged, type Judgements, judgeAdvertising } from "./judge.ts";
import { judgedStatus, type WithConditions } from "./status.ts";

export interface Advertising {
  /** Keys are those that `changed` is given. */
  reconcile(key: string, context: ReconcileContext): Promise<void>;
  /** Resolves when what is judged by is known. */
  judged(signal: AbortSignal): Promise<Judgements>;
  /** Labels, or the number, of nodes have changed; or agents have fallen silent, or are heard of again. */
  nodesChanged(): void;
  /** `changed`: is called with the keys that are to be worked on, and how long that may wait. Returns what ends it. */
  listen(changed: (keys: readonly string[], delayMs: number) => void): () => void;
}

export interface AdvertisingSurroundings {
  readonly backends: Pick<Backends, "ready" | "nodes">;
  /** What these said is not the case any more. */
  readonly silent: Pick<SilentAgents, "has">;
}

type WithSpec = KubeObject & {
  spec: unknown;
  status?: (WithConditions & { advertised?: boolean | undefined }) | undefined;
};

type Kind = Exclude<keyof Judgements, "advertised">;

/** Whether a kind records what was accepted: where an edit can be refused. */
const records: Readonly<Record<Kind, boolean>> = {
  l2Advertisements: false,
  bgpAdvertisements: true,
  bgpPeers: true,
  bfdProfiles: false,
  communities: true,
};

const kinds = Object.keys(records) as Kind[];

/** A change of many nodes, or of many agents, is taken together. */
const SETTLE_MS = 1_000;

export function createAdvertising(
  { client, informers, clock }: Pick<Dependencies, "client" | "informers" | "clock">,
  { backends, silent }: AdvertisingSurroundings,
): Advertising {
  let known: Judgements | undefined;
  let changed: (keys: readonly string[], delayMs: number) => void = () => {};

  const stale = (delayMs: number) => {
    known = undefined;
    changed(
      kinds.flatMap((kind) => informers[kind].list().map((object) => `${kind} ${keyOf(object)}`)),
      delayMs,
    );
  };
  const judged = async (signal: AbortSignal): Promise<Judgements> => {
    if (isUsed(informers)) await backends.ready({ watches: ["nodes"] }, signal);
    known ??= judgeAdvertising({
      pools: informers.pools.list(),
      l2Advertisements: informers.l2Advertisements.list(),
      bgpAdvertisements: informers.bgpAdvertisements.list(),
      bgpPeers: informers.bgpPeers.list(),
      bfdProfiles: informers.bfdProfiles.list(),
      communities: informers.communities.list(),
      nodes: backends.nodes(),
      announcers: informers.announcers.list().filter(({ metadata }) => !silent.has(metadata.name ?? "")),
    });
    return known;
  };

  return {
    judged,
    nodesChanged: () => stale(SETTLE_MS),
    async reconcile(key, { signal }) {
      const [kind, name = ""] = key.split(" ") as [Kind, string?];
      const informer = informers[kind] as Informer<KubeObject & { status?: WithConditions }>;
      const judgement: Judged | undefined = (await judged(signal))[kind].get(name);
      const object = informer.get(name);
      if (object === undefined || judgement === undefined) return;
      const status = judgedStatus(object, judgement, records[kind], clock.now());
      await writeOwnStatus({ client, informer, object, status, signal });
    },
    listen(tell) {
      changed = tell;
      const offs = [
        ...[...kinds.map((kind) => informers[kind]), informers.pools].map((informer) =>
          onDecisive(informer as unknown as Informer<WithSpec>, () => stale(0)),
        ),
        informers.announcers.on({
          add: (_announcer, { initial }) => void (initial || stale(SETTLE_MS)),
          update: (before, after) => void (sameToObjects(before, after) || stale(SETTLE_MS)),
          delete: () => stale(SETTLE_MS),
        }),
      ];
      // All that was there before.
      stale(0);
      return () => {
        for (const off of offs) off();
      };
    },
  };
}

function onDecisive(informer: Informer<WithSpec>, changed: () => void): () => void {
  return informer.on({
    add: (_object, { initial }) => void (initial || changed()),
    update(before, after) {
      if (decides(before, after) || !equal(effective(before), effective(after))) changed();
    },
    delete: changed,
  });
}

/** Of kinds that record no accepted spec, the first acceptance is seen in a condition alone. */
function effective(object: WithSpec): unknown {
  return [specInForce(object), object.status?.advertised];
}

/** Nodes are watched only where somebody announces addresses, or is told to. */
function isUsed(informers: Informers): boolean {
  return informers.announcers.size > 0 || kinds.some((kind) => informers[kind].size > 0);
}

/** The addresses that an agent announces change often, and say nothing of advertisements and peers. */
function sameToObjects(before: Announcer, after: Announcer): boolean {
  return equal(decisive(before), decisive(after));
}

function decisive({ status }: Announcer): unknown {
  const { interfaces = [], bgp } = status ?? {};
  return [
    interfaces.map(({ name, skipped }) => [name, skipped]),
    bgp?.sessions?.map(({ peer, state, message }) => [peer, state === "Established", message]),
    bgp?.problems,
    bgp?.error,
  ];
}
