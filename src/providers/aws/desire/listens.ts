/** Which listeners the ports of one member become: TCP, UDP, TLS, QUIC, or TCP and UDP of one number in one. */
import type { LoadBalancerPort } from "../../../api/load-balancer.ts";
import type { Problem } from "../../provider.ts";
import type { TargetProtocol } from "../model/attributes.ts";
import { degraded, isPending, pending } from "./problems.ts";
import type { View } from "./view.ts";

/** One listener and the group of targets behind it. */
export interface Listens {
  readonly port: number;
  readonly protocol: TargetProtocol;
  readonly targetProtocol: TargetProtocol;
  /** The Service's port; the TCP one where there are two of the number. */
  readonly from: LoadBalancerPort;
  /** All ports of the Service that it serves. */
  readonly serves: readonly LoadBalancerPort[];
}

export interface Listening {
  readonly listens: readonly Listens[];
  readonly problems: readonly Problem[];
}

/** Sorted by port. With a pending problem nothing of the member is served. */
export function listeningOf(view: View): Listening {
  const problems = [...wrongPorts(view), ...wrongTls(view), ...wrongQuic(view)];
  const numbers = Map.groupBy(view.spec.ports, ({ port }) => port);
  const listens: Listens[] = [];
  for (const [port, of] of [...numbers].sort(([a], [b]) => a - b)) {
    const one = listenOn(view, port, of);
    if ("kind" in one) problems.push(one);
    else listens.push(one);
  }
  return { listens: problems.some(isPending) ? [] : listens, problems };
}

function listenOn(view: View, port: number, of: readonly LoadBalancerPort[]): Listens | Problem {
  const tcp = of.find(({ protocol }) => protocol === "TCP");
  const udp = of.find(({ protocol }) => protocol === "UDP");
  const from = tcp ?? udp ?? of[0];
  if (from === undefined) return pending("InvalidSpec", `port ${port} has no protocol`);
  const common = { port, from, serves: of };
  if (tcp !== undefined && udp !== undefined) {
    const problem = cannotMerge(view, tcp, udp);
    if (problem !== undefined) return problem;
    const protocol = isListed(view.settings.quicPorts, udp) ? "TCP_QUIC" : "TCP_UDP";
    return { ...common, protocol, targetProtocol: protocol };
  }
  if (udp !== undefined) {
    const protocol = isListed(view.settings.quicPorts, udp) ? "QUIC" : "UDP";
    return { ...common, protocol, targetProtocol: protocol };
  }
  if (!isTls(view, from)) return { ...common, protocol: "TCP", targetProtocol: "TCP" };
  const targetProtocol = view.settings.backendProtocol === "ssl" ? "TLS" : "TCP";
  return { ...common, protocol: "TLS", targetProtocol };
}

/** Both must lead to the same targets, for one target group has one port for both protocols. */
function cannotMerge(view: View, tcp: LoadBalancerPort, udp: LoadBalancerPort): Problem | undefined {
  const where = `port ${tcp.port} has TCP and UDP`;
  if (!view.settings.mergeTcpUdp) {
    return pending(
      "Unsupported",
      `${where}, and an NLB has one listener for a port; set the annotation service.beta.kubernetes.io/aws-load-balancer-enable-tcp-udp-listener: "true", or use two Services`,
    );
  }
  if (isTls(view, tcp)) {
    return pending(
      "Unsupported",
      `${where} in one listener, which can't have TLS; list the other ports in the annotation service.beta.kubernetes.io/aws-load-balancer-ssl-ports`,
    );
  }
  const [a, b] =
    view.targetType === "instance" ? [tcp.nodePort, udp.nodePort] : [targetOf(tcp), targetOf(udp)];
  const what = view.targetType === "instance" ? "nodePort" : "targetPort";
  if (a !== b) {
    return pending(
      "Unsupported",
      `${where} in one listener, but TCP has ${what} ${a} and UDP ${what} ${b}; make them equal`,
    );
  }
  if (typeof a === "string") {
    return pending(
      "Unsupported",
      `${where} in one listener, but targetPort "${a}" is a name, which may be another number for each protocol; write the number`,
    );
  }
  return undefined;
}

function targetOf({ targetPort, port }: LoadBalancerPort): number | string {
  return targetPort ?? port;
}

function wrongPorts({ spec, targetType }: View): Problem[] {
  return spec.ports.flatMap(({ port, protocol, nodePort }) => {
    if (protocol === "SCTP") {
      return pending("Unsupported", `port ${port} is SCTP, which an NLB does not know; use TCP or UDP`);
    }
    if (targetType === "instance" && nodePort === undefined) {
      return pending(
        "Unsupported",
        `port ${port} has no nodePort to reach it on nodes; set spec.allocateLoadBalancerNodePorts: true, or the annotation service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip`,
      );
    }
    return [];
  });
}

function isTls({ settings }: View, port: LoadBalancerPort): boolean {
  if (settings.certificates === undefined || port.protocol !== "TCP") return false;
  return settings.tlsPorts === undefined || isListed(settings.tlsPorts, port);
}

function wrongTls({ settings, spec }: View): Problem[] {
  const { certificates, tlsPorts = [] } = settings;
  if (certificates === undefined) return [];
  const strange = tlsPorts.filter((entry) => !spec.ports.some((port) => names(port, entry)));
  const others = tlsPorts.filter(
    (entry) =>
      !strange.includes(entry) && !spec.ports.some((port) => port.protocol === "TCP" && names(port, entry)),
  );
  return [
    ...strange.map((entry) =>
      pending(
        "InvalidSettings",
        `tlsPorts: the Service has no port "${entry}"; it has ${listed(spec.ports)}`,
      ),
    ),
    ...others.map((entry) =>
      pending("InvalidSettings", `tlsPorts: port "${entry}" is UDP, and TLS needs TCP`),
    ),
  ];
}

function wrongQuic({ settings, spec, targetType }: View): Problem[] {
  const entries = settings.quicPorts ?? [];
  if (entries.length > 0 && targetType !== "ip") {
    return [
      pending(
        "Unsupported",
        "quicPorts needs ip targets; set the annotation service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip",
      ),
    ];
  }
  return entries.flatMap((entry) => {
    const meant = spec.ports.filter((port) => names(port, entry));
    if (meant.length === 0) {
      return degraded(
        "InvalidSettings",
        `quicPorts: the Service has no port "${entry}"; it has ${listed(spec.ports)}`,
      );
    }
    return meant.some(({ protocol }) => protocol === "UDP")
      ? []
      : pending("InvalidSettings", `quicPorts: port "${entry}" is TCP, and QUIC needs UDP`);
  });
}

function isListed(entries: readonly string[] | undefined, port: LoadBalancerPort): boolean {
  return entries?.some((entry) => names(port, entry)) === true;
}

/** Whether an entry, a name or a number, means the port. */
function names({ name, port }: LoadBalancerPort, entry: string): boolean {
  return entry === String(port) || entry === name;
}

function listed(ports: readonly LoadBalancerPort[]): string {
  return ports.map(({ name, port }) => (name === undefined ? `${port}` : `${name} (${port})`)).join(", ");
}
