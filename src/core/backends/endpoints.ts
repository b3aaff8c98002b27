/** The endpoints behind one port of a Service, from its EndpointSlices. Pure. */
import type { Endpoint, EndpointSlice, Protocol } from "../../api/kubernetes.ts";
import { compareText } from "../compare-text.ts";
import { formatAddress, parseAddress } from "../ip/address.ts";

/**
 * - `ready`: takes traffic.
 * - `serving-terminating`: is going, and still answers; takes traffic only where nothing is ready (KEP-1669).
 * - `not-ready`: may become ready. What is going and answers no more is not listed at all.
 */
export type EndpointState = "ready" | "serving-terminating" | "not-ready";

export interface ServiceEndpoint {
  /** RFC 5952 text where it is IPv6. */
  readonly address: string;
  readonly port: number;
  readonly state: EndpointState;
  readonly nodeName?: string;
  readonly zone?: string;
  /** Name of the pod, in the namespace of the Service. */
  readonly pod?: string;
}

export interface EndpointPort {
  /** Name of the Service's port; undefined or empty where it has none. */
  readonly portName: string | undefined;
  readonly protocol: Protocol;
  readonly family: "IPv4" | "IPv6";
}

/**
 * Each address and port once, sorted by them. While slices are rewritten an endpoint may stand in two of them: the better state counts,
 * so that nothing is taken from what is ready.
 */
export function endpointsOfPort(
  slices: readonly EndpointSlice[],
  { portName = "", protocol, family }: EndpointPort,
): ServiceEndpoint[] {
  const found = new Map<string, ServiceEndpoint>();
  for (const slice of slices) {
    if (slice.addressType !== family) continue;
    const numbers = (slice.ports ?? []).flatMap((each) =>
      (each.name ?? "") === portName && (each.protocol ?? "TCP") === protocol ? (each.port ?? []) : [],
    );
    for (const endpoint of slice.endpoints ?? []) {
      for (const port of numbers) {
        const read = readEndpoint(endpoint, port);
        if (read === undefined) continue;
        const key = `${read.address} ${read.port}`;
        const before = found.get(key);
        if (before === undefined || compareEndpoints(read, before) < 0) found.set(key, read);
      }
    }
  }
  return [...found.values()].sort((a, b) => compareText(a.address, b.address) || a.port - b.port);
}

/** Of several addresses the first counts: the API calls them interchangeable, and kube-proxy takes the first. */
function readEndpoint(endpoint: Endpoint, port: number): ServiceEndpoint | undefined {
  const [text] = endpoint.addresses;
  const state = stateOf(endpoint);
  if (text === undefined || state === undefined) return undefined;
  const parsed = parseAddress(text);
  const { nodeName, zone, targetRef } = endpoint;
  const pod = targetRef?.kind === "Pod" ? targetRef.name : undefined;
  return {
    address: parsed.ok ? formatAddress(parsed.address) : text,
    port,
    state,
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    ...(pod === undefined ? {} : { pod }),
  };
}

/** What is not said means ready; `serving` not said means what `ready` says (discovery.k8s.io/v1 EndpointConditions). */
function stateOf({ conditions = {} }: Endpoint): EndpointState | undefined {
  const { ready = true, serving = ready, terminating = false } = conditions;
  if (ready) return "ready";
  if (!terminating) return "not-ready";
  return serving ? "serving-terminating" : undefined;
}

const RANK: Readonly<Record<EndpointState, number>> = { ready: 0, "serving-terminating": 1, "not-ready": 2 };

/** The better one first; of equally good ones always the same, whatever the order of the slices. */
function compareEndpoints(a: ServiceEndpoint, b: ServiceEndpoint): number {
  return RANK[a.state] - RANK[b.state] || compareText(JSON.stringify(a), JSON.stringify(b));
}
