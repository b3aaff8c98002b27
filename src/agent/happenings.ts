/** What happens to addresses, told to people: every one in the log, and as Events where somebody waits for the address. */
import type { LoadBalancer } from "../api/load-balancer.ts";
import type { KubeObject } from "../api/meta.ts";
import { formatAddress, parseAddress } from "../core/ip/address.ts";
import type { EventRecorder } from "../runtime/events/recorder.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Happening } from "./thread/messages.ts";

export interface HappeningsOptions {
  readonly node: string;
  readonly loadBalancers: () => readonly LoadBalancer[];
  readonly events: Pick<EventRecorder, "event">;
  readonly logger: Logger;
}

/** What changes where an address is reached; the rest concerns the agents, and the log is enough. */
const eventful = ["TookOver", "AddressInUse", "LeftWithoutTaker"];

export function tellHappening(o: HappeningsOptions, { level, reason, message, address }: Happening): void {
  o.logger[level](message, { reason, ...(address === undefined ? {} : { address }) });
  if (address === undefined || !eventful.includes(reason)) return;
  for (const lb of o.loadBalancers()) {
    if (!has(lb, address)) continue;
    const type = level === "warn" ? "Warning" : "Normal";
    o.events.event(subjectOf(lb), type, reason, `node ${o.node}: ${message}`);
  }
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

function has({ status }: LoadBalancer, address: string): boolean {
  return (status?.addresses ?? []).some(({ ip }) => {
    const parsed = ip === undefined ? undefined : parseAddress(ip);
    return parsed?.ok === true && formatAddress(parsed.address) === address;
  });
}
