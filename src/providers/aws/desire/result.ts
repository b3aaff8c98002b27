/** What one member has of a load balancer, as observed. Pure. */
import type { LoadBalancerAddress } from "../../../api/load-balancer.ts";
import type { ObservedResource } from "../../../core/plan/types.ts";
import type { Member, MemberResult } from "../../provider.ts";
import { kinds, type LoadBalancerFields, type LoadBalancerState } from "../model/resources.ts";
import { degraded, pending } from "./problems.ts";
import { unchangeable } from "./unchangeable.ts";

const pollMs = 10_000;
const mostAddresses = 16;

/**
 * The DNS name first, then static addresses, with `ipMode: Proxy`: what arrives at targets has another destination, and kube-proxy must not
 * take a short cut past TLS and PROXY protocol (KEP-1860). Empty until the load balancer is active and a port of the member is on it.
 */
export function result(member: Member, observed: readonly ObservedResource[]): MemberResult {
  const balancer = observed.find(({ kind, ours }) => kind === kinds.loadBalancer && ours);
  if (balancer === undefined) return { addresses: [] };
  const { dnsName, state, stateReason, zoneAddresses } = balancer.fields as unknown as LoadBalancerState;
  const addresses = hasListener(member, observed, balancer.id)
    ? addressesOf(dnsName, zoneAddresses ?? [])
    : [];
  switch (state) {
    case "provisioning":
      return {
        addresses: [],
        problems: [pending("Pending", "the load balancer is being provisioned by AWS, which takes minutes")],
        retryAfterMs: pollMs,
      };
    case "active": {
      const problems = unchangeable(member, balancer.fields as unknown as LoadBalancerFields);
      const ports = portsOf(member, observed, balancer.id);
      return { addresses, ports, ...(problems.length === 0 ? {} : { problems }) };
    }
    case "active_impaired":
      return {
        addresses,
        ports: portsOf(member, observed, balancer.id),
        problems: [degraded("Retrying", `AWS calls the load balancer impaired${because(stateReason)}`)],
        retryAfterMs: pollMs * 6,
      };
    case "failed":
      return {
        addresses: [],
        problems: [
          pending("RejectedByCloud", `AWS could not provision the load balancer${because(stateReason)}`),
        ],
      };
    default:
      state satisfies never;
      return { addresses: [], retryAfterMs: pollMs };
  }
}

function addressesOf(dnsName: string, zones: LoadBalancerState["zoneAddresses"]): LoadBalancerAddress[] {
  const ips = zones.flatMap(({ ip, privateIPv4, ipv6 }) =>
    [ip ?? privateIPv4, ipv6].filter((each) => each !== undefined),
  );
  const all: LoadBalancerAddress[] = [
    { hostname: dnsName.toLowerCase() },
    ...ips.map((ip) => ({ ip, ipMode: "Proxy" as const })),
  ];
  return all.slice(0, mostAddresses);
}

/** Others may have all the ports that it asks for. */
function hasListener(member: Member, observed: readonly ObservedResource[], balancer: string): boolean {
  return listenersOf(member, observed, balancer).length > 0;
}

/** Those that its Service has now: a listener says nothing of what TCP and UDP were before they were joined. */
function portsOf(member: Member, observed: readonly ObservedResource[], balancer: string) {
  const open = new Set(listenersOf(member, observed, balancer).map(({ fields }) => fields.port));
  return member.lb.spec.ports
    .filter(({ port }) => open.has(port))
    .map(({ port, protocol }) => ({ port, protocol }));
}

function listenersOf({ lb }: Member, observed: readonly ObservedResource[], balancer: string) {
  const uid = lb.metadata.uid ?? "";
  return observed.filter(
    ({ kind, ours, members, dependsOn }) =>
      kind === kinds.listener &&
      ours &&
      dependsOn.includes(balancer) &&
      (members === undefined || members.includes(uid)),
  );
}

function because(reason: string | undefined): string {
  return reason === undefined || reason === "" ? "" : `: ${reason}`;
}
