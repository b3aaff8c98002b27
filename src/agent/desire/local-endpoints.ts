/** On which nodes a Service with `externalTrafficPolicy: Local` has endpoints that take traffic. Pure. */
import type { Endpoint, EndpointSlice } from "../../api/kubernetes.ts";
import type { IPFamily } from "../../core/ip/address.ts";

export type LocalState = "ready" | "terminating";

/**
 * By node. `terminating`: what is there is all about to go and serves still, which kube-proxy uses where nothing is ready
 * (KEP-1669). A node that is not in it would drop what it gets.
 */
export function localEndpoints(slices: readonly EndpointSlice[], family: IPFamily): Map<string, LocalState> {
  const found = new Map<string, LocalState>();
  for (const { addressType, endpoints } of slices) {
    if (addressType !== family) continue;
    for (const endpoint of endpoints ?? []) {
      const state = stateOf(endpoint);
      const { nodeName } = endpoint;
      if (state === undefined || nodeName === undefined || found.get(nodeName) === "ready") continue;
      found.set(nodeName, state);
    }
  }
  return found;
}

/** Where traffic for a Service finds an endpoint, seen from a node. One that is going counts only where none is ready. */
export function whereUsable(
  slices: readonly EndpointSlice[],
  family: IPFamily,
  node: string,
): "here" | "elsewhere" | "nowhere" {
  const counting = slices.filter(({ addressType }) => addressType === family);
  const states = counting.flatMap(({ endpoints }) =>
    (endpoints ?? []).flatMap((endpoint) => {
      const state = stateOf(endpoint);
      return state === undefined ? [] : { state, here: endpoint.nodeName === node };
    }),
  );
  const best = states.some(({ state }) => state === "ready") ? "ready" : "terminating";
  const usable = states.filter(({ state }) => state === best);
  if (usable.length === 0) return "nowhere";
  return usable.some(({ here }) => here) ? "here" : "elsewhere";
}

/** Of several Services on one address: where all take traffic that do so anywhere. */
export function commonNodes(
  services: readonly ReadonlyMap<string, LocalState>[],
): ReadonlyMap<string, LocalState> {
  const [first, ...others] = services.filter(({ size }) => size > 0);
  if (first === undefined || others.length === 0) return first ?? new Map();
  const common = new Map<string, LocalState>();
  for (const [node, state] of first) {
    const states = others.map((each) => each.get(node));
    if (states.includes(undefined)) continue;
    common.set(node, states.includes("terminating") ? "terminating" : state);
  }
  return common;
}

/** What is not said means ready; `serving` not said means what `ready` says (discovery.k8s.io/v1 EndpointConditions). */
function stateOf({ conditions = {} }: Endpoint): LocalState | undefined {
  const { ready = true, serving = ready, terminating = false } = conditions;
  if (ready) return "ready";
  return serving && terminating ? "terminating" : undefined;
}
