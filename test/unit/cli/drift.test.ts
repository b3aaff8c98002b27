/** Drift as people and programs get it. */
import { describe, expect, test } from "@jest/globals";
import { render } from "../../../src/cli/drift/render.ts";
import { isTroubled, reportOn } from "../../../src/cli/drift/report.ts";
import { paintFor } from "../../../src/cli/output/paint.ts";
import type { FoundDrift } from "../../../src/controllers/drift/find-drift.ts";
import { findDrift } from "../../../src/controllers/drift/find-drift.ts";
import { hashOf } from "../../../src/controllers/load-balancer/engine/desired-hash.ts";
import { cloudItself } from "../../../src/controllers/offline/cloud-view.ts";
import type { Objects } from "../../../src/controllers/offline/object-store.ts";
import { planObjects } from "../../../src/controllers/offline/plan-objects.ts";
import { type ToyNetwork, toyClass, toyNetwork } from "../controllers/load-balancer/engine/toy-network.ts";
import { loadBalancer } from "../core/objects.ts";

const { signal } = new AbortController();
const none = paintFor({ isTTY: false });

/** A load balancer that was applied in full by a class with this policy, and its cloud. */
function world(policy: Parameters<typeof toyClass>[1], drift: readonly string[] = []) {
  const toy = toyNetwork();
  const add = (stack: string, kind: string, fields: object) =>
    toy.resources.set(`${kind}-1`, {
      id: kind,
      kind,
      cloudId: `${kind}-1`,
      stack,
      fields: { ports: [80], ...fields },
      dependsOn: [],
      ours: true,
    });
  add("shop/web", "balancer", { behind: "firewall-1" });
  add("network", "firewall", {});
  const cls = toyClass("one", { handWritten: { from: "All" }, ...policy });
  const plain = loadBalancer({ name: "web", byHand: true, spec: { className: "one" } });
  const member = { key: "shop/web", lb: plain, cls, order: "" };
  const stack = {
    key: "shop/web",
    cls,
    members: [member],
    leader: "shop/web",
    nodes: [],
    endpointSlices: new Map(),
  };
  const told = drift.map((field) => ({ kind: "balancer", id: "balancer-1", field, wanted: "", found: "" }));
  const status = {
    appliedHash: hashOf(toy.provider.desire(stack, null), toy.provider.claims?.(stack, null) ?? []),
    drift: told,
  };
  const objects: Objects = {
    classes: [cls],
    loadBalancers: [{ ...plain, status }],
    services: [],
    pools: [],
    namespaces: [],
  };
  return { toy, objects };
}

function change(toy: ToyNetwork, cloudId: string, ports: number[]): void {
  const there = toy.resources.get(cloudId);
  if (there !== undefined) toy.resources.set(cloudId, { ...there, fields: { ...there.fields, ports } });
}

async function found({ toy, objects }: ReturnType<typeof world>): Promise<FoundDrift> {
  const found = await findDrift(objects, {
    providers: [toy.provider],
    cloud: cloudItself,
    clusterUid: "cluster",
    signal,
  });
  expect(toy.writes).toEqual([]);
  return found;
}

describe("drift", () => {
  test("is nothing where all is as it was applied", async () => {
    const report = reportOn(await found(world({})));
    expect(report).toEqual({ compared: 2, drifted: [], gone: [], unsettled: [], unknown: [] });
    expect(isTroubled(report)).toBe(false);
    expect(render(report, none)).toBe("2 stacks compared; nothing differs.");
  });

  test("is told field by field, from what was applied to what is there, with what becomes of it", async () => {
    const here = world({});
    change(here.toy, "balancer-1", [22]);
    here.toy.resources.delete("firewall-1");
    const report = reportOn(await found(here));
    expect(isTroubled(report)).toBe(true);
    expect(render(report, none)).toBe(
      `
Stack one/shop/web (put back when it is verified next):
  balancer balancer-1 of shop/web
    behind: (known after apply: firewall of network) → firewall-1
    ports: [80] → [22]

Shared stack network (put back when it is verified next):
  firewall of shop/web
    it is not there

2 stacks compared; 3 fields of 2 stacks differ (applied → found).`.trim(),
    );
  });

  test("of a class that only reports is compared with what status tells already", async () => {
    const here = world({ drift: "Report" }, ["ports", "gone"]);
    change(here.toy, "balancer-1", [22]);
    const report = reportOn(await found(here));
    expect(report.drifted[0]?.fields).toMatchObject([
      { field: "ports", wanted: [80], found: [22], recorded: true },
    ]);
    expect(report.gone).toMatchObject([{ stack: "shop/web", field: "gone" }]);
    const text = render(report, none);
    expect(text).toContain("Stack one/shop/web (only reported, as its class says):");
    expect(text).toContain("ports: [80] → [22]  (told in status)");
    expect(text).toContain("Told in status, and not so any more:\n  shop/web: gone of balancer balancer-1");
  });

  test("is not looked for where the controller waits for somebody, and then whom is told", async () => {
    const here = world({});
    const there = here.toy.resources.get("balancer-1");
    const adoption = { refused: "carried our mark" };
    if (there !== undefined) here.toy.resources.set("balancer-1", { ...there, ours: false, adoption });
    const report = reportOn(await found(here));
    expect(isTroubled(report)).toBe(true);
    const message = 'balancer "balancer-1" is left as it is, for it carried our mark';
    expect(report.unknown).toMatchObject([{ stack: "shop/web", message }]);
  });

  test("is not told of what the controller has still to do; then a plan is what to look at", async () => {
    const here = world({});
    const [lb] = here.objects.loadBalancers;
    if (lb === undefined) throw new Error("there is none");
    const spec = { ...lb.spec, ports: [{ name: "http", port: 443, protocol: "TCP" as const }] };
    const objects = { ...here.objects, loadBalancers: [{ ...lb, spec }] };
    const report = reportOn(await found({ ...here, objects }));
    expect([report.drifted, isTroubled(report)]).toEqual([[], false]);
    expect(render(report, none)).toMatch(/still work to do here.*:\n {2}one\/shop\/web/);
    const plan = await planObjects(objects, {
      providers: [here.toy.provider],
      cloud: cloudItself,
      signal,
      nowMs: 0,
    });
    expect(plan.stacks[0]?.result).toMatchObject({ ok: true, plan: { operations: [{ do: "update" }] } });
  });

  test("is not known where the cloud does not answer, and that is told once for all stacks", async () => {
    const here = world({});
    const provider = { ...here.toy.provider, observe: () => Promise.reject(new Error("no credentials")) };
    const report = reportOn(await found({ ...here, toy: { ...here.toy, provider } }));
    expect(isTroubled(report)).toBe(true);
    expect(render(report, none)).toBe(
      "Not compared: no credentials\n  one/shop/web\n  one/network\n\nThere was nothing to compare.",
    );
  });
});
