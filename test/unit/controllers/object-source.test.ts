/** Nodes report in all the time, and providers hear of it only where their addresses changed. */
import { expect, test } from "@jest/globals";
import { type Node, nodes } from "../../../src/api/kubernetes.ts";
import type { Informers } from "../../../src/controllers/dependencies.ts";
import { objectSource } from "../../../src/controllers/object-source.ts";
import { allNamespaces, LocalInformer } from "../../../src/runtime/cache/informer.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";

test("a Node is told of when it comes, goes, or has other addresses, and not when it reports in or is labelled", () => {
  const shape = {
    namespaces: undefined,
    strip: (node: Node) => node,
    metadataOnly: false,
    selective: false,
  };
  const informer = new LocalInformer<Node>(nodes, shape, { logger: silentLogger });
  const sink = informer.sink(allNamespaces);
  sink.replace(new Map(), "1");
  const told: string[] = [];
  objectSource({ nodes: informer } as unknown as Informers).onChange(nodes, ({ status }, gone) => {
    told.push(gone ? "gone" : (status?.addresses ?? []).map(({ address }) => address).join(" "));
  });
  let version = 1;
  const node = (address: string, ready: "True" | "False", labels: Record<string, string> = {}): Node => {
    version += 1;
    return {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "a", uid: "u", resourceVersion: String(version), labels },
      status: {
        addresses: [{ type: "InternalIP", address }],
        conditions: [{ type: "Ready", status: ready }],
      },
    };
  };
  sink.apply("ADDED", node("10.0.0.1", "False"));
  sink.apply("MODIFIED", node("10.0.0.1", "True"));
  sink.apply("MODIFIED", node("10.0.0.1", "True", { side: "left" }));
  sink.apply("MODIFIED", node("10.0.0.2", "True"));
  sink.apply("DELETED", node("10.0.0.2", "True"));
  expect(told).toEqual(["10.0.0.1", "10.0.0.2", "gone"]);
});
