/** What the examples of the quick start must come to. */
import { type Service, services } from "../../src/api/kubernetes.ts";
import { type LoadBalancer, loadBalancers } from "../../src/api/load-balancer.ts";
import { loadBalancerClasses } from "../../src/api/load-balancer-class.ts";
import { sleep } from "../../src/runtime/clock.ts";
import type { KubeClient } from "../../src/runtime/kube/client.ts";

export type Outcome = { readonly ok: true } | { readonly ok: false; readonly why: string };

const namespace = "shop";
const mostWaitMs = 60_000;

/** Waits until everything is as expected. Not ok after a minute, or when the signal aborts. */
export async function allAsExpected(client: KubeClient, signal: AbortSignal): Promise<Outcome> {
  const until = performance.now() + mostWaitMs;
  for (;;) {
    const cls = await client.get(loadBalancerClasses, { name: "metal" }, { signal });
    const why = whatIsMissing(
      cls.status?.loadBalancers ?? 0,
      (await client.list(services, { namespace, signal })).items,
      (await client.list(loadBalancers, { namespace, signal })).items,
    );
    if (why === undefined) return { ok: true };
    if (performance.now() > until) return { ok: false, why };
    await sleep(200, { signal });
  }
}

function whatIsMissing(
  counted: number,
  all: readonly Service[],
  lbs: readonly LoadBalancer[],
): string | undefined {
  const of = (name: string) =>
    (all.find(({ metadata }) => metadata.name === name)?.status?.loadBalancer?.ingress ?? []).flatMap(
      ({ ip }) => (ip === undefined ? [] : [ip]),
    );
  const legacy = lbs.find(({ metadata }) => metadata.name === "legacy");
  const waits = legacy?.status?.conditions?.find(({ type }) => type === "Programmed");
  const [tcp, udp] = [of("dns-tcp"), of("dns-udp")];
  const expectations: readonly (readonly [string, boolean])[] = [
    ["shop/web has an IPv4 address", of("web").length === 1],
    [
      "shop/web-dual has an IPv4 and an IPv6 address",
      of("web-dual")
        .map((ip) => ip.includes(":"))
        .join() === "false,true",
    ],
    ["shop/mail has 198.51.100.10", of("mail").join() === "198.51.100.10"],
    [
      "shop/dns-tcp and shop/dns-udp have one address together",
      tcp.length === 1 && tcp.join() === udp.join(),
    ],
    ["no other two have the same", new Set([of("web"), of("web-dual"), of("mail"), tcp].flat()).size === 5],
    ["the class counts 6 load balancers", counted === 6],
    [
      "shop/legacy waits for AddressNotInPool",
      of("legacy").length === 0 && waits?.reason === "AddressNotInPool",
    ],
  ];
  return expectations.find(([, holds]) => !holds)?.[0];
}
