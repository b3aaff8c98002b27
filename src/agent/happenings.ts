/** What happens to addresses, told to people: in the log, and as Events where somebody waits for the address. Of many at once, few are told one by one. */

import { announcers } from "../api/announcer.ts";
import { eventReasons } from "../api/event-reasons.ts";
import type { LoadBalancer } from "../api/load-balancer.ts";
import { apiVersionOf, type KubeObject } from "../api/meta.ts";
import { formatAddress, parseAddress } from "../core/ip/address.ts";
import { someOf } from "../core/some-of.ts";
import type { Clock, Timer } from "../runtime/clock.ts";
import type { EventRecorder } from "../runtime/events/recorder.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Happening } from "./thread/messages.ts";

export interface HappeningsOptions {
  readonly node: string;
  /** Those that have this address, in canonical form: see `addressesIn`. */
  readonly loadBalancersWith: (address: string) => readonly LoadBalancer[];
  readonly events: Pick<EventRecorder, "event">;
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface Happenings {
  tell(happenings: readonly Happening[]): void;
  /** Tells what still waits. */
  end(): void;
}

/** What changes where an address is reached; the rest concerns the agents, and the log is enough. */
const eventful: readonly string[] = [
  eventReasons.placed,
  eventReasons.tookOver,
  eventReasons.addressInUse,
  eventReasons.answeredByNode,
  eventReasons.leftWithoutTaker,
];
/** Within a second, of each reason. What is over that is told together at its end: a node may have a thousand addresses to take over. */
const mostAtOnce = 10;
const gatherMs = 1_000;
/** In one message; the log has them all. */
const mostNamed = 20;

interface Gathered {
  told: number;
  rest: Happening[];
}

export function createHappenings(o: HappeningsOptions): Happenings {
  const { node, logger, clock, events } = o;
  const gathered = new Map<string, Gathered>();
  let timer: Timer | undefined;

  const tellOne = (happening: Happening): void => {
    const { level, reason, message, address } = happening;
    logger[level](message, { reason, ...(address === undefined ? {} : { address }) });
    if (address === undefined || !eventful.includes(reason)) return;
    for (const lb of o.loadBalancersWith(address))
      events.event(subjectOf(lb), typeOf(happening), reason, said(node, message));
  };
  const tellTogether = (rest: readonly Happening[]): void => {
    const [first] = rest;
    if (first === undefined) return;
    const { level, reason } = first;
    const addresses = rest.flatMap(({ address }) => address ?? []);
    const message = `${rest.length} times the same within a second, of ${someOf(addresses, mostNamed)}; the first: ${first.message}`;
    logger[level](message, { reason, addresses });
    if (!eventful.includes(reason)) return;
    const subject = { apiVersion: apiVersionOf(announcers), kind: announcers.kind, metadata: { name: node } };
    events.event(subject, typeOf(first), reason, said(node, message));
  };
  const flush = (): void => {
    timer = undefined;
    const all = [...gathered.values()];
    gathered.clear();
    for (const { rest } of all) tellTogether(rest);
  };

  return {
    tell(happenings) {
      for (const happening of happenings) {
        const entry = gathered.get(happening.reason) ?? { told: 0, rest: [] };
        gathered.set(happening.reason, entry);
        if (entry.told < mostAtOnce || happening.address === undefined) {
          entry.told += 1;
          tellOne(happening);
        } else entry.rest.push(happening);
      }
      timer ??= clock.setTimeout(flush, gatherMs);
    },
    end() {
      timer?.clear();
      flush();
    },
  };
}

function typeOf({ level }: Happening): "Normal" | "Warning" {
  return level === "warn" ? "Warning" : "Normal";
}

function said(node: string, message: string): string {
  return `node ${node}: ${message}`;
}

/** The Service, for that is what people look at; a LoadBalancer that was written by hand has none. */
function subjectOf({ apiVersion, kind, metadata, spec }: LoadBalancer): KubeObject {
  const { namespace, name, uid } = metadata;
  if (spec.serviceRef === undefined) return { apiVersion, kind, metadata: { namespace, name, uid } };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace, name: spec.serviceRef.name, uid: spec.serviceRef.uid },
  };
}

/** In canonical form. LoadBalancers are found by it in an index: to look through all of them for each address takes too long. */
export function addressesIn({ status }: LoadBalancer): string[] {
  return (status?.addresses ?? []).flatMap(({ ip }) => {
    const parsed = ip === undefined ? undefined : parseAddress(ip);
    return parsed?.ok === true ? [formatAddress(parsed.address)] : [];
  });
}
