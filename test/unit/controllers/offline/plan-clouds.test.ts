/** Plans of providers with a resource graph: from the cloud itself, from what was read of it before, and from neither. */
import { describe, expect, test } from "@jest/globals";
import type { LoadBalancer } from "../../../../src/api/load-balancer.ts";
import type { LoadBalancerClass } from "../../../../src/api/load-balancer-class.ts";
import { cloudItself, knownClouds } from "../../../../src/controllers/offline/cloud-view.ts";
import {
  type ObjectsPlan,
  type PlanObjectsOptions,
  planObjects,
} from "../../../../src/controllers/offline/plan-objects.ts";
import { formatPlan } from "../../../../src/core/plan/format.ts";
import type { GraphProvider } from "../../../../src/providers/provider.ts";
import { loadBalancer } from "../../core/objects.ts";
import { type ToyNetwork, toyClass, toyNetwork } from "../load-balancer/engine/toy-network.ts";

const byHand = { handWritten: { from: "All" as const } };

function balancer(name: string, port: number, o: Parameters<typeof loadBalancer>[0] = {}): LoadBalancer {
  const spec = { className: "one", ports: [{ port, protocol: "TCP" as const }], ...o.spec };
  return loadBalancer({ ...o, name, byHand: true, spec });
}

function plan(
  provider: GraphProvider,
  loadBalancers: readonly LoadBalancer[],
  o: Partial<PlanObjectsOptions> & { readonly classes?: readonly LoadBalancerClass[] } = {},
): Promise<ObjectsPlan> {
  const { classes = [toyClass("one", byHand)], ...options } = o;
  return planObjects(
    { classes, loadBalancers, services: [], pools: [], namespaces: [] },
    { providers: [provider], signal: new AbortController().signal, nowMs: 0, ...options },
  );
}

/** As lines; a failure as its message. */
function told({ stacks, shared }: ObjectsPlan): Record<string, string> {
  return Object.fromEntries(
    [...shared, ...stacks].map(({ stack, result }) => [
      stack,
      result.ok ? formatPlan(result.plan) : result.message,
    ]),
  );
}

/** What a provider may be called for while a plan is made without its cloud. */
function unreachable(toy: ToyNetwork): GraphProvider {
  const never = async () => {
    throw new Error("the cloud was called");
  };
  return { ...toy.provider, facts: never, observe: never, poll: never, stacks: never };
}

const firewall = (ports: readonly number[]) => ({
  id: "firewall",
  kind: "firewall",
  cloudId: "firewall-7",
  fields: { ports },
  dependsOn: [],
  ours: true,
});

describe("without a cloud", () => {
  test("what is not known is told, with what to do, and nobody is called", async () => {
    const planned = await plan(unreachable(toyNetwork()), [balancer("web", 80)]);
    expect(told(planned)["shop/web"]).toMatch(
      /nothing is known of the cloud of class "one".*--facts.*--online/s,
    );
    expect(planned.shared).toEqual([]);
  });

  test("the facts of a class are enough for all that would be made, what is shared included", async () => {
    const cloud = knownClouds({ classes: { one: { facts: null } } });
    const planned = await plan(unreachable(toyNetwork()), [balancer("web", 80), balancer("api", 81)], {
      cloud,
    });
    expect(told(planned)).toEqual({
      network: "+ create firewall: does not exist yet\n    ports: 80, 81",
      "shop/api": [
        "+ create balancer: does not exist yet",
        "    behind: (known after apply: firewall of network)",
        "    ports: 81",
      ].join("\n"),
      "shop/web": [
        "+ create balancer: does not exist yet",
        "    behind: (known after apply: firewall of network)",
        "    ports: 80",
      ].join("\n"),
    });
  });

  test("what was read of the cloud before is compared with, and shared resources that exist are known", async () => {
    const own = { id: "balancer", kind: "balancer", cloudId: "b-1", dependsOn: [], ours: true };
    const observed = { "shop/web": [{ ...own, fields: { ports: [80], behind: "firewall-7" } }] };
    const shared = { network: [firewall([80])] };
    const cloud = knownClouds({ classes: { one: { facts: null, observed, shared } } });
    const provider = unreachable(toyNetwork());
    expect(told(await plan(provider, [balancer("web", 80)], { cloud }))).toEqual({
      network: "Nothing to do.",
      "shop/web": "Nothing to do.",
    });
    expect(told(await plan(provider, [balancer("web", 443)], { cloud }))).toEqual({
      network: "~ widen firewall: differs from what is wanted\n    ports: [80] → [80, 443]",
      "shop/web": "~ update balancer: differs from what is wanted\n    ports: [80] → [443]",
    });
  });

  test("facts that the provider can't use hurt their own class alone", async () => {
    const { provider } = toyNetwork();
    const cautious: GraphProvider = {
      ...unreachable(toyNetwork()),
      desire(stack, facts) {
        if (facts !== null) throw new TypeError("these are no facts");
        return provider.desire(stack, facts);
      },
    };
    const classes = [toyClass("one", byHand), toyClass("two", byHand)];
    const cloud = knownClouds({ classes: { one: { facts: null }, two: { facts: 7 } } });
    const other = balancer("api", 81, { spec: { className: "two" } });
    const lines = told(await plan(cautious, [balancer("web", 80), other], { classes, cloud }));
    expect(lines["shop/api"]).toBe("these are no facts");
    expect(lines["shop/web"]).toContain("+ create balancer");
  });
});

describe("with the cloud", () => {
  test("is asked once for all stacks of a class, and nothing is written", async () => {
    const toy = toyNetwork();
    await plan(toy.provider, [balancer("web", 80), balancer("api", 81)], { cloud: cloudItself });
    expect(toy.observed.map((keys) => keys.toSorted())).toEqual([["shop/api", "shop/web"], ["network"]]);
    expect(toy.writes).toEqual([]);
  });

  test("takes nothing from what others may share, unless all of the cluster is given", async () => {
    const toy = toyNetwork();
    toy.resources.set("firewall-7", { ...firewall([22, 80]), stack: "network" });
    const some = await plan(toy.provider, [balancer("web", 80)], { cloud: cloudItself });
    expect(told(some).network).toBe("Nothing to do.");
    expect(some.shared[0]?.result).toMatchObject({ ok: true, onlyWidened: true });
    const all = await plan(toy.provider, [balancer("web", 80)], { cloud: cloudItself, whole: true });
    expect(told(all).network).toContain("ports: [22, 80] → [80]");
  });

  test("shows what would be deleted for a LoadBalancer that goes", async () => {
    const toy = toyNetwork();
    toy.resources.set("balancer-7", {
      id: "balancer",
      kind: "balancer",
      cloudId: "balancer-7",
      stack: "shop/web",
      fields: { ports: [80] },
      dependsOn: [],
      ours: true,
    });
    const going = balancer("web", 80);
    const metadata = { ...going.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
    const planned = await plan(toy.provider, [{ ...going, metadata }], { cloud: cloudItself });
    expect(told(planned)["shop/web"]).toBe("- delete balancer (balancer-7): no longer wanted");
  });

  test("shows what would be handed back, and plans nothing else for it", async () => {
    const toy = toyNetwork();
    toy.resources.set("balancer-7", {
      id: "balancer",
      kind: "balancer",
      cloudId: "balancer-7",
      stack: "shop/web",
      fields: { ports: [22] },
      dependsOn: [],
      ours: true,
    });
    const provider: GraphProvider = { ...toy.provider, features: ["release"] };
    const planned = await plan(provider, [balancer("web", 80, { spec: { release: true } })], {
      cloud: cloudItself,
    });
    expect(planned.stacks[0]?.result).toMatchObject({
      plan: { operations: [] },
      handedBack: [{ kind: "balancer", id: "balancer", cloudId: "balancer-7" }],
    });
  });

  test("leaves what a class that is not accepted has alone", async () => {
    const toy = toyNetwork();
    toy.resources.set("balancer-7", {
      id: "balancer",
      kind: "balancer",
      cloudId: "balancer-7",
      stack: "shop/web",
      fields: { ports: [80] },
      dependsOn: [],
      ours: true,
    });
    const provider: GraphProvider = {
      ...toy.provider,
      checkClass: () => [{ reason: "InvalidSettings", message: "no region" }],
    };
    const planned = await plan(provider, [balancer("web", 80)], { cloud: cloudItself, whole: true });
    expect([planned.stacks, toy.observed]).toEqual([[], []]);
  });
});
