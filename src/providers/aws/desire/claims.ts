/** What a stack needs of the network that all load balancers of a VPC share: that its targets let traffic and health checks in. */
import type { Claim, Stack } from "../../provider.ts";
import type { AwsFacts } from "../model/facts.ts";
import { type NetworkClaim, networkKey, sortedBy } from "../model/resources.ts";
import { backendsOf } from "./backends.ts";
import { deliberate, type Whole } from "./deliberate.ts";
import { healthCheckOf } from "./health-check.ts";
import type { Listens } from "./listens.ts";
import { nodeGroups } from "./node-groups.ts";
import { canonicalList, sourcesOf } from "./sources.ts";
import { preservesClient } from "./target-attributes.ts";
import type { View } from "./view.ts";

type Open = NetworkClaim["open"][number];
type PortClaim = Open["ports"][number];

/** One claim, or none where nothing is to be opened. */
export function claims(stack: Stack, facts: AwsFacts): readonly Claim[] {
  const { whole, served } = deliberate(stack, facts);
  if (whole === undefined) return [];
  const { leader, groups } = whole;
  const isManaged = groups.mode === "none" ? groups.open : groups.backend;
  if (!isManaged) return [];
  const needed = served.flatMap(({ view, listens }) =>
    listens.map((each) => ({ view, listens: each, ...portsOf(view, each, stack, facts) })),
  );
  const open: Open[] =
    groups.mode === "none"
      ? needed.flatMap(({ view, listens, traffic, health }) => [
          { ports: traffic, cidrs: sourcesAtTargets(view, listens, whole, facts) },
          { ports: health, cidrs: zoneCidrs(whole, facts) },
        ])
      : [{ ports: sortedPorts(needed.flatMap(({ traffic, health }) => [...traffic, ...health])) }];
  const needs: NetworkClaim = {
    region: facts.region,
    vpc: facts.vpc.id,
    tags: leader.cls.tags,
    groups: nodeGroups(leader, stack, facts).groups,
    open,
    ruleLimit: leader.cls.nodeSecurityGroupRuleLimit,
  };
  return [{ on: networkKey(facts.region, facts.vpc.id), needs }];
}

function portsOf(
  view: View,
  listens: Listens,
  stack: Stack,
  facts: AwsFacts,
): { readonly traffic: readonly PortClaim[]; readonly health: readonly PortClaim[] } {
  const numbers =
    view.targetType === "instance"
      ? [listens.from.nodePort as number]
      : [...new Set(backendsOf(view, listens, stack, facts).targets.map(({ port }) => port))];
  const check = healthCheckOf(view, listens);
  const checked = check.ok && check.value.port !== "traffic-port" ? [Number(check.value.port)] : numbers;
  return {
    traffic: sortedPorts(
      numbers.flatMap((port) => transports(listens).map((protocol) => ({ protocol, port }))),
    ),
    health: sortedPorts(checked.map((port) => ({ protocol: "tcp" as const, port }))),
  };
}

function transports({ targetProtocol }: Listens): readonly ("tcp" | "udp")[] {
  switch (targetProtocol) {
    case "TCP":
    case "TLS":
      return ["tcp"];
    case "UDP":
    case "QUIC":
      return ["udp"];
    case "TCP_UDP":
    case "TCP_QUIC":
      return ["tcp", "udp"];
    default:
      return targetProtocol satisfies never;
  }
}

function sortedPorts(ports: readonly PortClaim[]): readonly PortClaim[] {
  const key = ({ protocol, port }: PortClaim): string => `${protocol} ${String(port).padStart(5, "0")}`;
  return sortedBy([...new Map(ports.map((port) => [key(port), port])).values()], key);
}

function sourcesAtTargets(view: View, listens: Listens, whole: Whole, facts: AwsFacts): readonly string[] {
  return preservesClient(view, listens) ? sourcesOf(view, facts, whole.addressType) : zoneCidrs(whole, facts);
}

/** Where the load balancer may have its own addresses: any subnet of its zones, for which one it has in each may not be ours to say. */
function zoneCidrs({ zones, addressType }: Whole, facts: AwsFacts): readonly string[] {
  const names = new Set(zones.map(({ zone }) => zone));
  const subnets = facts.subnets.filter(({ zone }) => names.has(zone));
  return canonicalList(
    subnets.flatMap(({ cidr, ipv6Cidr }) =>
      addressType === "dualstack" && ipv6Cidr !== undefined ? [cidr, ipv6Cidr] : [cidr],
    ),
  );
}
