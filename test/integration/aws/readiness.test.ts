/** Readiness gates of pods that are targets on AWS: Fairlead's own, and the one that the AWS Load Balancer Controller puts into pods. */
import { expect, test } from "@jest/globals";
import { endpointSlices, type Pod, pods } from "../../../src/api/kubernetes.ts";
import { isForbidden, isNotFound } from "../../../src/runtime/kube/api-error.ts";
import { createKubeClient } from "../../../src/runtime/kube/client.ts";
import { CONTROLLER, eventually } from "../support/installation.ts";
import { asked, seen } from "./served.ts";
import { awsWorld, LBC } from "./support.ts";

const world = awsWorld();
const OWN = "target-health.fairlead.io/web";
const INCUMBENT = "target-health.elbv2.k8s.aws/k8s-shop-web-0123456789";
const FOREIGN = "example.com/warm";

test("gates of pods are opened when their target is healthy, and those of others are left alone", async () => {
  const { aws, cluster, controlPlane, network } = world();
  aws.behave({ initialDescribes: 20 });
  const ref = await asked(world(), "web", { annotations: { [`${LBC}-nlb-target-type`]: "ip" } });
  const { namespace } = ref;
  const address = network.internalSubnets[0]?.cidr.replace(".0/24", ".60") ?? "";
  await controlPlane.call("POST", `/api/v1/namespaces/${namespace}/serviceaccounts`, {
    metadata: { name: "default" },
  });
  const { metadata } = await cluster.client.create(pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace },
    spec: {
      containers: [{ name: "c", image: "i" }],
      readinessGates: [OWN, INCUMBENT, FOREIGN].map((conditionType) => ({ conditionType })),
    },
  } as Pod);
  // As the kubelet and the EndpointSlice controller leave it while its gates are shut.
  const conditions = [
    { type: "ContainersReady", status: "True" },
    { type: "Ready", status: "False", reason: "ReadinessGatesNotReady" },
  ];
  const status = { podIP: address, podIPs: [{ ip: address }], conditions };
  const how = { type: "strategic", subresource: "status" } as const;
  await cluster.client.patch(pods, { namespace, name: "web" }, { status }, how);
  await cluster.client.create(endpointSlices, {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "web", namespace, labels: { "kubernetes.io/service-name": "web" } },
    addressType: "IPv4",
    endpoints: [
      {
        addresses: [address],
        conditions: { ready: false },
        targetRef: { kind: "Pod", name: "web", namespace, uid: metadata.uid },
      },
    ],
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
  });

  const gates = async () => {
    const pod = await cluster.client.get(pods, { namespace, name: "web" });
    const of = (type: string) => pod.status?.conditions?.find((each) => each.type === type);
    return Object.fromEntries([OWN, INCUMBENT, FOREIGN].map((type) => [type, of(type)?.status]));
  };
  const expectGates = (wanted: "True" | "False") =>
    eventually(
      async () => expect(await gates()).toEqual({ [OWN]: wanted, [INCUMBENT]: wanted, [FOREIGN]: undefined }),
      `the gates are ${wanted}`,
    );
  await expectGates("False");
  await eventually(async () => {
    const [listener] = (await seen(world(), ref)).listeners;
    expect(listener?.group.targets).toEqual([`${address}:8080`]);
  }, "the pod is registered");
  await expectGates("True");
  // That often AWS said that its checks have only begun.
  const looks = aws.calls.filter(({ operation }) => operation === "DescribeTargetHealth");
  expect(looks.length).toBeGreaterThan(20);
});

test("of pods, the operator may see single ones and set what their status says, and nothing else", async () => {
  const { controlPlane } = world();
  const client = createKubeClient(await controlPlane.connection(CONTROLLER));
  const namespace = await world().namespace();
  const ref = { namespace, name: "web" };
  const labels = { metadata: { labels: { changed: "yes" } } };
  const outcome = (request: Promise<unknown>) =>
    request.then(
      () => "done",
      (error: unknown) =>
        isForbidden(error) ? "forbidden" : isNotFound(error) ? "not found" : String(error),
    );
  expect([
    await outcome(client.get(pods, ref)),
    await outcome(client.patch(pods, ref, { status: {} }, { type: "merge", subresource: "status" })),
    await outcome(client.list(pods, { namespace })),
    await outcome(client.patch(pods, ref, labels, { type: "merge" })),
    await outcome(client.delete(pods, ref)),
  ]).toEqual(["not found", "not found", "forbidden", "forbidden", "forbidden"]);
  client.close();
});
