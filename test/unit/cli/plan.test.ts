/** Plans of clouds as people get them. */
import { expect, test } from "@jest/globals";
import type { LoadBalancer } from "../../../src/api/load-balancer.ts";
import { paintFor } from "../../../src/cli/output/paint.ts";
import { notesOn } from "../../../src/cli/plan/notes.ts";
import { render } from "../../../src/cli/plan/render.ts";
import { reportOf } from "../../../src/cli/plan/report.ts";
import { cloudItself } from "../../../src/controllers/offline/cloud-view.ts";
import { planObjects } from "../../../src/controllers/offline/plan-objects.ts";
import { type ToyNetwork, toyClass, toyNetwork } from "../controllers/load-balancer/engine/toy-network.ts";
import { loadBalancer } from "../core/objects.ts";

const none = paintFor({ isTTY: false });

function balancer(name: string, port: number, spec: Partial<LoadBalancer["spec"]> = {}): LoadBalancer {
  const ports = [{ port, protocol: "TCP" as const }];
  return loadBalancer({ name, byHand: true, spec: { className: "one", ports, ...spec } });
}

function add(toy: ToyNetwork, stack: string, kind: string, ports: readonly number[]): void {
  const cloudId = `${kind} of ${stack}`;
  const fields = { ports, ...(kind === "balancer" ? { behind: "firewall of network" } : {}) };
  toy.resources.set(cloudId, { id: kind, kind, cloudId, stack, fields, dependsOn: [], ours: true });
}

async function textOf(toy: ToyNetwork, loadBalancers: readonly LoadBalancer[]): Promise<string> {
  const classes = [toyClass("one", { handWritten: { from: "All" } })];
  const plan = await planObjects(
    { classes, loadBalancers, services: [], pools: [], namespaces: [] },
    {
      providers: [{ ...toy.provider, features: ["release"] }],
      cloud: cloudItself,
      clusterUid: "4b1d",
      signal: new AbortController().signal,
      nowMs: 0,
    },
  );
  expect(toy.writes).toEqual([]);
  const notes = notesOn(plan, { cloud: cloudItself, clusterUid: "4b1d", whole: false });
  return render(reportOf(plan, undefined, notes), none);
}

test("what would be done stands in its order, field by field, with what it comes to at the end", async () => {
  const toy = toyNetwork();
  add(toy, "network", "firewall", [80]);
  add(toy, "shop/web", "balancer", [80]);
  expect(await textOf(toy, [balancer("web", 443), balancer("api", 81)])).toBe(
    `
CHANGE   NAMESPACE   NAME   ADDRESS                        CLASS   SERVICE   STATE     REASON
keep     shop        web    balancer of shop/web.example   one     -         Ready     -
keep     shop        api    -                              one     -         Waiting   Pending

Shared stack network, needed by 2 stacks:
~ widen firewall: differs from what is wanted
    ports: [80] → [80, 81, 443]

Stack one/shop/web:
~ update balancer: differs from what is wanted
    ports: [80] → [443]

Stack one/shop/api:
+ create balancer: does not exist yet
    behind: firewall of network
    ports: 81

Note:
  - Others may need what is shared too, so nothing is planned to be taken away there.

In clouds: 1 to create, 2 to update.
2 load balancers, 1 with an address; no problems.`.trim(),
  );
});

test("what would be handed back is said as such, and nothing else is done to it", async () => {
  const toy = toyNetwork();
  add(toy, "shop/web", "balancer", [22]);
  const text = await textOf(toy, [balancer("web", 80, { release: true })]);
  expect(text).toContain(
    "Stack one/shop/web:\n> hand back balancer (balancer of shop/web): our mark is taken off\n",
  );
  expect(text).toContain("1 to hand back");
});
