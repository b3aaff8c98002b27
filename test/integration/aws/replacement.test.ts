/** Load balancers that take the place of others: who is served is served on, and hears of the new address once it works. */
import { beforeAll, expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { eventually } from "../support/installation.ts";
import { seen, served } from "./served.ts";
import { acknowledge, awsWorld } from "./support.ts";
import { addressesWhile } from "./watching.ts";

const world = awsWorld();
beforeAll(async () => {
  await world().createClass("retaining", { policy: { deletion: "Retain" } });
  await world().createClass("adopting", { policy: { adoption: { ids: ["*"] } } });
});

test("the old load balancer serves until the new one is active, and the Service never lacks an address", async () => {
  const { aws, cluster } = world();
  const ref = await served(world(), "web");
  const old = await seen(world(), ref);
  await cluster.edit(services, ref, { metadata: { annotations: { "fairlead.io/scheme": "external" } } });
  const held = await cluster.condition(loadBalancers, ref, "Degraded", "ReplacementNotAcknowledged");
  aws.clearCalls();
  await acknowledge(cluster, ref, "acknowledge-replacement: 0badc0de");
  await eventually(async () => {
    const { metadata, status } = await cluster.loadBalancer(ref);
    expect(status?.observedGeneration).toBe(metadata.generation);
  }, "the wrong word was heard");
  expect(world().written()).toEqual([]);

  // So many answers say that the new one is being provisioned: nobody but the operator asks.
  aws.behave({ provisioningDescribes: 4 });
  aws.clearCalls();
  const addresses = await addressesWhile(world(), ref, async () => {
    await acknowledge(cluster, ref, held.message);
    await eventually(
      async () => expect(await cluster.addresses(ref)).not.toEqual([old.dnsName]),
      "it has another address",
    );
    await world().applied(ref);
  });
  const order = aws.calls.map(({ operation }) => operation);
  const [made, gone] = [order.indexOf("CreateLoadBalancer"), order.indexOf("DeleteListener")];
  const answers = order.slice(made, gone).filter((operation) => operation === "DescribeLoadBalancers");
  expect(answers.length).toBeGreaterThan(4);
  expect(order.lastIndexOf("RegisterTargets")).toBeLessThan(gone);
  const now = await seen(world(), ref);
  expect([now.scheme, addresses]).toEqual(["internet-facing", [old.dnsName, now.dnsName]]);
});
