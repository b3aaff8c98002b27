/** Features "nodes" and "endpoints": traffic goes where it can be served, and never nowhere in between. */
import type { EndpointSlice } from "../../../api/kubernetes.ts";
import { must } from "../guarantee.ts";
import type { EndpointsHarness, NodesHarness, ProviderHarness } from "../harness.ts";
import { mustNotWrite, mustServe, type Scene } from "../scene.ts";
import type { Case } from "./case.ts";

export const backends: readonly Case[] = [
  {
    name: "nodes that come and go are followed, and a node that changes nothing costs nothing",
    feature: "nodes",
    needs: "nodes",
    run: (play) =>
      play(async ({ operator, harness, cloud }) => {
        const nodes = harnessOf(harness, "nodes");
        const first = [...nodes.list()];
        operator.setNodes(first);
        operator.put("web");
        await operator.settle();
        mustServe(operator, "web", "A load balancer that nothing stands against is served");
        await mustGoTo(nodes, namesOf(first), "Traffic goes to all nodes");
        const next = await nodes.add();
        operator.setNodes([...first, next]);
        await operator.settle();
        await mustGoTo(nodes, namesOf([...first, next]), "Traffic goes to a node that came");
        operator.setNodes([...first.slice(1), next]);
        await operator.settle();
        await mustGoTo(nodes, namesOf([...first.slice(1), next]), "Traffic goes to no node that went");
        cloud.clear();
        const labelled = {
          ...next,
          metadata: { ...next.metadata, labels: { ...next.metadata.labels, a: "b" } },
        };
        operator.setNodes([...first.slice(1), labelled]);
        await operator.settle();
        mustNotWrite(cloud, "A change of a node that concerns no traffic costs no writes");
      }),
  },
  {
    name: "while all nodes are exchanged, there is always one that serves",
    feature: "nodes",
    needs: "nodes",
    run: (play) =>
      play(async (scene) => {
        const { operator, harness } = scene;
        const nodes = harnessOf(harness, "nodes");
        const [first] = nodes.list();
        must(first !== undefined, "The harness has nodes", () => "none");
        operator.setNodes([first]);
        operator.put("web");
        await operator.settle();
        const next = await nodes.add();
        operator.setNodes([next]);
        await settleServing(scene, nodes);
        await mustGoTo(nodes, namesOf([next]), "Traffic goes to the node that took the place of all");
      }),
  },
  {
    name: "pods that come and go are followed, and there is always one that serves",
    feature: "endpoints",
    needs: "endpoints",
    async run(play) {
      // The spec is the harness's own, which is known only within.
      await play(async (scene) => {
        const { operator, harness } = scene;
        const endpoints = harnessOf(harness, "endpoints");
        const [one, two] = endpoints.addresses;
        operator.put("web", endpoints.spec);
        operator.setEndpoints("web", [sliceOf(one)]);
        await operator.settle();
        mustServe(operator, "web", "A load balancer for pods is served");
        await mustGoTo(endpoints, [one], "Traffic goes to the pod that is ready");
        operator.setEndpoints("web", [sliceOf(one, two)]);
        await operator.settle();
        await mustGoTo(endpoints, [one, two], "Traffic goes to a pod that came");
        operator.setEndpoints("web", [sliceOf(one)]);
        await operator.settle();
        await mustGoTo(endpoints, [one], "Traffic goes to no pod that went");
        operator.setEndpoints("web", [sliceOf(two)]);
        await settleServing(scene, endpoints);
        await mustGoTo(endpoints, [two], "Traffic goes to the pod that took the place of all");
      });
    },
  },
];

async function settleServing(
  { operator, cloud }: Scene,
  of: Pick<NodesHarness | EndpointsHarness, "serving">,
): Promise<void> {
  let gap: string | undefined;
  cloud.trouble(async ({ name, write }, phase) => {
    if (write && phase === "after" && (await of.serving()).length === 0) gap ??= name;
    return undefined;
  });
  await operator.settle();
  cloud.trouble();
  must(
    gap === undefined,
    "What serves goes only after its successor came",
    () => `nothing serves after ${gap}`,
  );
}

async function mustGoTo(
  of: Pick<NodesHarness | EndpointsHarness, "serving">,
  wanted: readonly string[],
  guarantee: string,
): Promise<void> {
  const serving = [...(await of.serving())].sort();
  const names = [...wanted].sort();
  must(
    JSON.stringify(serving) === JSON.stringify(names),
    guarantee,
    () => `traffic goes to ${serving.join(", ") || "nothing"} and should go to ${names.join(", ")}`,
  );
}

function sliceOf(...addresses: readonly string[]): EndpointSlice {
  return {
    metadata: { name: "web-1", namespace: "conformance", labels: { "kubernetes.io/service-name": "web" } },
    addressType: "IPv4",
    endpoints: addresses.map((address, index) => ({
      addresses: [address],
      conditions: { ready: true },
      targetRef: { kind: "Pod", name: `web-${index}` },
    })),
    ports: [{ name: "p80", protocol: "TCP", port: 80 }],
  };
}

function namesOf(nodes: readonly { readonly metadata: { readonly name?: string | undefined } }[]): string[] {
  return nodes.map(({ metadata }) => metadata.name ?? "");
}

function harnessOf<Key extends "nodes" | "endpoints">(
  harness: ProviderHarness,
  key: Key,
): NonNullable<ProviderHarness[Key]> {
  const found = harness[key];
  if (found === undefined) throw new Error(`The harness has no "${key}"`);
  return found;
}
