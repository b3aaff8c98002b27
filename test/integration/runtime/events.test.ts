import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { KubeObject } from "../../../src/api/meta.ts";
import { createEventRecorder } from "../../../src/runtime/events/recorder.ts";
import { createKubeClient, type KubeClient } from "../../../src/runtime/kube/client.ts";
import { createMetrics } from "../../../src/runtime/metrics.ts";
import { sharedControlPlane } from "../support/shared-control-plane.ts";
import { testNamespace } from "../support/test-namespace.ts";

interface StoredEvent {
  involvedObject: { name: string; uid: string };
  reason: string;
  message: string;
  count: number;
}

const controlPlane = sharedControlPlane();
let client: KubeClient;
beforeAll(async () => {
  client = createKubeClient(await controlPlane.connection());
});
afterAll(() => client.close());

/** Records, writes all, and gives what the API server has about the object. */
async function record(
  object: KubeObject,
  tell: (event: (message: string) => void) => void,
): Promise<StoredEvent[]> {
  const metrics = createMetrics();
  const recorder = createEventRecorder({ client, component: "fairlead-test", metrics });
  const ended = recorder.run(new AbortController().signal);
  tell((message) => recorder.event(object, "Warning", "Tried", message));
  await recorder.flush();
  await ended;
  const namespace = object.metadata.namespace ?? "default";
  const { items } = (await controlPlane.call("GET", `/api/v1/namespaces/${namespace}/events`)) as {
    items: StoredEvent[];
  };
  return items.filter(({ involvedObject }) => involvedObject.uid === object.metadata.uid);
}

test("the API server takes Events as they are recorded, counted and combined", async () => {
  const namespace = await testNamespace(controlPlane);
  const service: KubeObject = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace, name: "web", uid: randomUUID(), resourceVersion: "1" },
  };
  const found = await record(service, (event) => {
    for (let n = 0; n < 5; n++) event("no room");
    for (let n = 0; n < 15; n++) event(`request ${n} failed`);
  });
  expect(found).toHaveLength(10);
  expect(found.find(({ message }) => message === "no room")).toMatchObject({ count: 5, reason: "Tried" });
  expect(found.find(({ message }) => message.startsWith("(combined"))).toMatchObject({
    message: "(combined from similar events): request 14 failed",
    count: 7,
  });
});

test("an object without a namespace has its Events in default, and the longest of messages gets in", async () => {
  const longest = "é".repeat(5000);
  const node: KubeObject = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n".repeat(253), uid: randomUUID() },
  };
  const found = await record(node, (event) => event(longest));
  expect(found).toHaveLength(1);
  expect(found[0]?.message).toMatch(/^é{500,}…$/);
});
