import { describe, expect, test } from "@jest/globals";
import { describeManifestProblem } from "../../../src/cli/manifests/interpret.ts";
import { metal, pool, read, service } from "./manifests.ts";

const problemsOf = (...values: readonly unknown[]) => read(...values).problems.map(describeManifestProblem);

describe("objects", () => {
  test("of our kinds, Services and Namespaces are taken; others are counted", () => {
    const { objects, problems, passedOver } = read(
      metal(),
      pool(["192.0.2.0/28"]),
      service("web"),
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } },
    );
    expect(problems).toEqual([]);
    expect(passedOver).toBe(1);
    expect(objects.classes).toHaveLength(1);
    expect(objects.pools).toHaveLength(1);
    expect(objects.namespaces).toHaveLength(1);
    expect(objects.services[0]?.object.metadata.namespace).toBe("default");
  });

  test("get the defaults of their kind", () => {
    const { objects } = read(metal({ default: undefined }), pool(["192.0.2.0/28"]));
    expect(objects.classes[0]?.object.spec.default).toBe(false);
    expect(objects.pools[0]?.object.spec.autoAssign).toBe(true);
  });

  test("defined twice are told with both places", () => {
    expect(problemsOf(service("web"), service("web", { metadata: { namespace: "default" } }))).toEqual([
      'all.yaml:11: Service default/web: metadata.name: found "web", is defined a second time; first at all.yaml:1',
    ]);
  });
});

describe("a problem names place, object and field:", () => {
  test.each<[string, unknown, string]>([
    [
      "a misspelt field",
      metal({ defualt: true }),
      "all.yaml:1: LoadBalancerClass metal: spec.defualt: found true, is not a known field; did you mean default?",
    ],
    [
      "a misspelt kind",
      { ...pool([]), kind: "IPAdressPool" },
      'all.yaml:1: IPAdressPool edge: kind: found "IPAdressPool", is no kind of fairlead.io/v1alpha1; did you mean IPAddressPool?',
    ],
    [
      "another version",
      { ...pool([]), apiVersion: "fairlead.io/v1" },
      'apiVersion: found "fairlead.io/v1", must be fairlead.io/v1alpha1',
    ],
    ["a misspelt group", { ...metal(), apiVersion: "fairled.io/v1" }, "did you mean fairlead.io/v1alpha1?"],
    [
      "MetalLB's pool",
      { ...pool([]), apiVersion: "metallb.io/v1beta1" },
      "is MetalLB's: Fairlead reads it with",
    ],
    [
      "no kind",
      { apiVersion: "v1", metadata: { name: "a" } },
      "kind: is required: this is no Kubernetes object",
    ],
    ["a text", "hello", "apiVersion: is required: this is no Kubernetes object"],
    ["a list", [1, 2], "apiVersion: is required: this is no Kubernetes object"],
    ["no name", { ...service("a"), metadata: {} }, "Service: metadata.name: is required"],
    ["no metadata", { apiVersion: "v1", kind: "Service", spec: {} }, "metadata.name: is required"],
    [
      "a port out of range",
      service("web", { spec: { ports: [{ port: 0 }] } }),
      "spec.ports[0].port: found 0, must be at least 1",
    ],
    ["no ports", service("web", { spec: { ports: [] } }), "spec.ports: found [], must have at least 1 entry"],
    ["a misspelt type", service("web", { spec: { type: "LoadBalncer" } }), "did you mean LoadBalancer?"],
    [
      "an annotation that is no text",
      service("web", { annotations: { "fairlead.io/addresses": 1 } }),
      "metadata.annotations[fairlead.io/addresses]: found 1, must be a text",
    ],
  ])("%s", (_, value, expected) => {
    expect(problemsOf(value).join("\n")).toContain(expected);
  });
});
