import { describe, expect, test } from "@jest/globals";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { sharedControlPlane } from "./support/shared-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

describe("the control plane that all tests share", () => {
  const controlPlane = sharedControlPlane();

  test("gives every test a namespace of its own", async () => {
    const [one, other] = await Promise.all([testNamespace(controlPlane), testNamespace(controlPlane)]);
    expect(one).not.toBe(other);
    expect(await controlPlane.call("GET", `/api/v1/namespaces/${one}`)).toMatchObject({
      metadata: { name: one },
    });
  });
});

describe("a control plane of one's own", () => {
  const controlPlane = ownControlPlane();

  test("keeps its data and its address when the API server goes and comes back", async () => {
    const name = await testNamespace(controlPlane());
    await controlPlane().stopApiServer();
    await expect(controlPlane().call("GET", "/api/v1/namespaces")).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
    await controlPlane().startApiServer();
    expect(await controlPlane().call("GET", `/api/v1/namespaces/${name}`)).toMatchObject({
      metadata: { name },
    });
  });
});
