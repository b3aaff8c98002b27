/** Whether somebody announces the addresses that were given out on bare metal, by what the agents say; told on the LoadBalancers. */
import type { Announcer } from "../../api/announcer.ts";
import type { Node } from "../../api/kubernetes.ts";
import type { LoadBalancer, LoadBalancerAddress } from "../../api/load-balancer.ts";
import type { Problem } from "../../providers/provider.ts";
import type { Clock } from "../../runtime/clock.ts";
import { BY_ADDRESS, type Informers } from "../dependencies.ts";
import { ownerKey } from "../indexes.ts";
import { keyOfLoadBalancer } from "../load-balancer/members.ts";
import { type AdvertisingInForce, advertisedBy, advertisingInForce } from "./advertised-by.ts";
import { type AddressProblem, addressProblem, findingsOf, NOBODY } from "./problem.ts";
import { AGGREGATES, addressesIn, type Seen, saysOtherwise, seenOf } from "./seen.ts";
import type { SilentAgents } from "./silent-agents.ts";

export interface Announcements {
  /** What is amiss with the addresses of a LoadBalancer, and when to ask again although nothing has changed. */
  look(lb: LoadBalancer, addresses: readonly LoadBalancerAddress[], signal: AbortSignal): Promise<Look>;
  /** Advertisements, pools or nodes have changed: what was amiss may be told differently. */
  rulesChanged(): void;
  /** The agents of these nodes have fallen silent, or are heard of again. */
  heardOtherwise(nodes: readonly string[]): void;
  /** Follows the agents, and has LoadBalancers (`namespace/name`) looked at again. Returns what ends it. */
  listen(wake: (members: Iterable<string>) => void): () => void;
}

export interface Look {
  readonly problems: readonly Problem[];
  readonly retryAfterMs?: number | undefined;
}

export interface AnnouncementsOptions {
  readonly informers: Informers;
  readonly nodes: () => readonly Node[];
  /** Resolves when the nodes are known, where they count. */
  readonly ready: (signal: AbortSignal) => Promise<unknown>;
  /** What these said is not the case any more. */
  readonly silent: Pick<SilentAgents, "has">;
  readonly clock: Pick<Clock, "monotonic">;
}

/** An address moves, or is new, faster than that. */
const GRACE_MS = 10_000;

const FINE: Look = { problems: [] };

export function createAnnouncements(o: AnnouncementsOptions): Announcements {
  const { informers, nodes, ready, silent, clock } = o;
  const { announcers, loadBalancers } = informers;
  const isAlive = ({ metadata: { name = "" } }: Announcer) => !silent.has(name);
  /** Since when something that may pass is amiss, by LoadBalancer. */
  const amiss = new Map<string, number>();
  /** Those with an address that somebody else has. */
  const inUse = new Set<string>();
  let inForce: AdvertisingInForce | undefined;
  let wake: (members: Iterable<string>) => void = () => {};

  return {
    async look(lb, addresses, signal) {
      const member = keyOfLoadBalancer(lb);
      // Without a single agent it is not for us to say how addresses are announced.
      if (announcers.size === 0) {
        forget(member);
        return FINE;
      }
      // An address is told of at first without waiting for what is only needed to say what is amiss.
      if (amiss.has(member) || wasTold(lb)) await ready(signal);
      const found = addresses.flatMap((address) => problemOf(lb, address) ?? []);
      const taken = found.filter(({ is }) => is === "taken");
      const isSilent = taken.length < found.length;
      if (taken.length === 0) inUse.delete(member);
      else inUse.add(member);
      if (!isSilent) amiss.delete(member);
      // What was told before this process began is told on.
      else if (!amiss.has(member))
        amiss.set(member, wasTold(lb) ? Number.NEGATIVE_INFINITY : clock.monotonic());
      const waitMs = (amiss.get(member) ?? 0) + GRACE_MS - clock.monotonic();
      if (!isSilent || waitMs <= 0) return { problems: problemsOf(found) };
      return { problems: problemsOf(taken), retryAfterMs: waitMs };
    },
    rulesChanged() {
      inForce = undefined;
      wake(amiss.keys());
    },
    heardOtherwise(names) {
      for (const name of names) {
        const announcer = announcers.get(name);
        if (announcer !== undefined) wakeAbout(addressesIn(announcer));
      }
      wake(amiss.keys());
    },
    listen(waker) {
      wake = waker;
      const offs = [
        announcers.on({
          add(announcer, { initial }) {
            if (!initial) changed(undefined, announcer);
          },
          update: changed,
          delete: (announcer) => changed(announcer, undefined),
        }),
        loadBalancers.on({ delete: (lb) => forget(keyOfLoadBalancer(lb)) }),
      ];
      return () => {
        for (const off of offs) off();
      };
    },
  };

  function forget(member: string): void {
    amiss.delete(member);
    inUse.delete(member);
  }

  function problemOf(lb: LoadBalancer, { ip, pool }: LoadBalancerAddress): AddressProblem | undefined {
    if (ip === undefined) return undefined;
    const sharers = new Map(
      [lb, ...loadBalancers.by(BY_ADDRESS, ip)].map((each) => [keyOfLoadBalancer(each), each]),
    );
    inForce ??= advertisingInForce({
      pools: informers.pools.list(),
      l2Advertisements: informers.l2Advertisements.list(),
      bgpAdvertisements: informers.bgpAdvertisements.list(),
    });
    return addressProblem({
      address: ip,
      pool,
      advertised: advertisedBy(pool, [...sharers.values()].map(labelsOf), inForce),
      seen: seen(ip),
      policy: lb.spec.externalTrafficPolicy ?? "Cluster",
      announcers: announcers.list().filter(isAlive),
      silent: announcers.list().flatMap((each) => (isAlive(each) ? [] : (each.metadata.name ?? ""))),
      labelsOf: (name) => nodes().find(({ metadata }) => metadata.name === name)?.metadata.labels,
    });
  }

  function labelsOf(lb: LoadBalancer) {
    const owner = ownerKey(lb);
    return owner === undefined ? lb.metadata.labels : informers.services.get(owner)?.metadata.labels;
  }

  function seen(address: string): Seen {
    const saying = [...announcers.by(BY_ADDRESS, address), ...announcers.by(BY_ADDRESS, AGGREGATES)];
    return seenOf(address, new Set(saying.filter(isAlive)));
  }

  /** Only those are woken of which there may be something else to say: an address that moves stays announced. */
  function changed(before: Announcer | undefined, after: Announcer | undefined): void {
    if (announcers.size <= 1 && (before === undefined || after === undefined)) {
      wake(loadBalancers.list().filter(hasAddress).map(keyOfLoadBalancer));
      return;
    }
    wakeAbout(saysOtherwise(before, after));
    // Why nobody announces an address depends on which agents are ready.
    if (before?.status?.state !== after?.status?.state) wake(amiss.keys());
  }

  function wakeAbout(addresses: Iterable<string>): void {
    const members = new Set<string>();
    const told = new Set(addresses);
    for (const address of told.has(AGGREGATES) ? allAddresses() : told) {
      const isFine = isAnnounced(seen(address));
      for (const lb of loadBalancers.by(BY_ADDRESS, address)) {
        const member = keyOfLoadBalancer(lb);
        if (!isFine || amiss.has(member) || inUse.has(member)) members.add(member);
      }
    }
    wake(members);
  }

  function allAddresses(): string[] {
    return loadBalancers
      .list()
      .flatMap(({ status }) => status?.addresses?.flatMap(({ ip }) => ip ?? []) ?? []);
  }
}

function hasAddress({ status }: LoadBalancer): boolean {
  return status?.addresses?.some(({ ip }) => ip !== undefined) === true;
}

function isAnnounced({ announcing, routing, foreign }: Seen): boolean {
  return announcing.length + routing.length > 0 && foreign.length === 0;
}

function problemsOf(found: readonly AddressProblem[]): Problem[] {
  return findingsOf(found).map((finding) => ({ kind: "degraded", ...finding }));
}

function wasTold({ status }: LoadBalancer): boolean {
  return (
    status?.conditions?.some(({ type, message }) => type === "Degraded" && message.includes(NOBODY)) === true
  );
}
