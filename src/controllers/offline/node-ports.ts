/** Gives Services from manifests the node ports that the API server would give them, so that a plan can show targets. Pure. */
import type { Service, ServicePort } from "../../api/kubernetes.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";

/** First of the range that the API server gives out unless `--service-node-port-range` names another. */
const FIRST_NODE_PORT = 30_000;

export interface NodePorts {
  readonly services: readonly Service[];
  /** Those that stand for what the API server will give; ascending. */
  readonly standIns: readonly number[];
}

/**
 * A Service keeps what it names itself, and what a LoadBalancer of it has recorded. The others get the lowest ports that nobody names; as the
 * API server does it, the same port number has one node port for all its protocols.
 */
export function withNodePorts(
  services: readonly Service[],
  loadBalancers: readonly LoadBalancer[],
): NodePorts {
  const recorded = Map.groupBy(
    loadBalancers,
    ({ metadata, spec }) => `${metadata.namespace}/${spec.serviceRef?.name}`,
  );
  const taken = new Set([...services, ...loadBalancers].flatMap(portsOf));
  const standIns: number[] = [];
  const next = (): number => {
    let port = standIns.at(-1) ?? FIRST_NODE_PORT;
    while (taken.has(port)) port++;
    taken.add(port);
    standIns.push(port);
    return port;
  };
  const all = services.map((service): Service => {
    const { spec, metadata } = service;
    if (spec?.type !== "LoadBalancer") return service;
    const lbs = recorded.get(`${metadata.namespace}/${metadata.name}`) ?? [];
    const ports = spec.allocateLoadBalancerNodePorts === false ? spec.ports : filled(spec.ports, lbs, next);
    const known = lbs.find((lb) => lb.spec.healthCheckNodePort !== undefined)?.spec.healthCheckNodePort;
    const isLocal = spec.externalTrafficPolicy === "Local";
    const healthCheckNodePort = spec.healthCheckNodePort || (isLocal ? (known ?? next()) : undefined);
    return {
      ...service,
      spec: {
        ...spec,
        ...(ports === undefined ? {} : { ports }),
        ...(healthCheckNodePort === undefined ? {} : { healthCheckNodePort }),
      },
    };
  });
  return { services: all, standIns };
}

function filled(
  ports: readonly ServicePort[] | undefined,
  lbs: readonly LoadBalancer[],
  next: () => number,
): ServicePort[] | undefined {
  const given = new Map((ports ?? []).flatMap(({ port, nodePort }) => (nodePort ? [[port, nodePort]] : [])));
  return ports?.map((each): ServicePort => {
    if (each.nodePort) return each;
    const before = lbs
      .flatMap(({ spec }) => spec.ports)
      .find(({ port, protocol }) => port === each.port && protocol === (each.protocol ?? "TCP"));
    // Recorded without one: it has none in the cluster either.
    const nodePort = before === undefined ? (given.get(each.port) ?? next()) : before.nodePort;
    if (nodePort === undefined) return each;
    given.set(each.port, nodePort);
    return { ...each, nodePort };
  });
}

function portsOf({ spec }: Service | LoadBalancer): number[] {
  const { ports = [], healthCheckNodePort } = spec ?? {};
  return [...ports.map(({ nodePort }) => nodePort), healthCheckNodePort].flatMap((port) => port || []);
}
