import { expect, test } from "@jest/globals";
import { createKeyCounter } from "../../examples/custom-controller/key-counter.ts";
import { createKubeClient } from "../../src/runtime/kube/client.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { eventually } from "./support/eventually.ts";
import { sharedControlPlane } from "./support/shared-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

interface ConfigMap {
  metadata: { annotations?: Record<string, string> };
}

test("the example counts the keys of ConfigMaps, those that were there and those that change, and stops", async () => {
  const controlPlane = sharedControlPlane();
  const namespace = await testNamespace(controlPlane);
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const create = (name: string, data: object, labels: object = { "example.dev/count": "true" }) =>
    controlPlane.call("POST", path, { metadata: { name, labels }, data });
  const counted = async (name: string) =>
    ((await controlPlane.call("GET", `${path}/${name}`)) as ConfigMap).metadata.annotations?.[
      "example.dev/keys"
    ];

  await create("before", { a: "1" });
  await create("unlabelled", { a: "1" }, {});
  const client = createKubeClient(await controlPlane.connection());
  const stop = new AbortController();
  const ended = createKeyCounter(client, silentLogger).run(stop.signal);
  try {
    await eventually(async () => expect(await counted("before")).toBe("1"));
    await create("after", { a: "1", b: "2" });
    await eventually(async () => expect(await counted("after")).toBe("2"));
    const { metadata } = (await controlPlane.call("GET", `${path}/after`)) as ConfigMap;
    await controlPlane.call("PUT", `${path}/after`, { metadata, data: {} });
    await eventually(async () => expect(await counted("after")).toBe("0"));
    expect(await counted("unlabelled")).toBeUndefined();
  } finally {
    stop.abort();
    await ended;
    client.close();
  }
});
