/** Which node announces what, seen from clients: by both families, with both traffic policies, as advertisements select. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { l2Advertisements } from "../../src/api/l2-advertisement.ts";
import { type Agents, agentsOf } from "./support/agents.ts";
import { ask, fetchPages } from "./support/clients.ts";
import { describeLab } from "./support/describe-lab.ts";
import { clientHosts } from "./support/hosts.ts";
import { type Lab, startLab } from "./support/lab.ts";
import { createService, deleteService, setBehind } from "./support/objects.ts";
import { until } from "./support/until.ts";

describeLab("who announces what", ["nft"], () => {
  let lab: Lab;
  let agents: Agents;

  beforeAll(async () => {
    lab = await startLab();
    agents = await agentsOf(lab);
    await Promise.all(lab.nodes.map((node) => agents.start(node)));
    await agents.ready();
  });
  afterAll(async () => {
    await lab?.stop();
  });

  test("a class and a pool are enough: a page comes through addresses of both families", async () => {
    const ref = await createService(lab.cluster.client, "web", { families: "both" });
    const addresses = await lab.cluster.served(ref);
    const asking = await ask(lab, addresses);
    expect(addresses).toHaveLength(2);
    for (const address of addresses) {
      await asking.settled(address);
      expect(await pageFrom(address)).toMatch(/^backend /);
    }
    await asking.stop();
    await deleteService(lab.cluster.client, "web");
  });

  test("with policy Local a node with an endpoint announces, its pod sees the client, and the address follows the endpoints", async () => {
    const [first, ...others] = lab.nodes;
    if (first === undefined) throw new Error("A lab has nodes");
    const [warm] = clientHosts;
    const ref = await createService(lab.cluster.client, "local", {
      families: "both",
      policy: "Local",
      behind: { at: "pods", of: others },
    });
    const addresses = await lab.cluster.served(ref);
    const asking = await ask(lab, addresses);
    for (const address of addresses) {
      const holder = await asking.settled(address);
      expect(others.map(({ name }) => name)).toContain(holder);
      const client = address.includes(":") ? warm?.ipv6 : warm?.ipv4;
      expect(await pageFrom(address)).toBe(`${holder.replace("node", "pod")} ${client}`);
    }
    await setBehind(lab.cluster.client, ref, { at: "pods", of: [first] });
    for (const address of addresses) {
      await asking.settled(address, { by: (node) => node === first.name });
      await until("its pod serves", async () => expect(await pageFrom(address)).toMatch(/^pod1 /));
    }
    await setBehind(lab.cluster.client, ref, { at: "pods", of: [] });
    for (const address of addresses) await asking.silent(address);
    await asking.stop();
    await deleteService(lab.cluster.client, "local");
  });

  test("many addresses are spread, and none has two nodes", async () => {
    const names = Array.from({ length: 12 }, (_, number) => `many-${number}`);
    const addresses: string[] = [];
    for (const name of names) {
      const [address = ""] = await lab.cluster.served(await createService(lab.cluster.client, name));
      addresses.push(address);
    }
    const asking = await ask(lab, addresses, 10);
    const holders: string[] = [];
    for (const address of addresses) holders.push(await asking.settled(address, { ms: 1_000 }));
    for (const { name } of lab.nodes)
      expect(holders.filter((holder) => holder === name).length).toBeLessThanOrEqual(5);
    await asking.stop();
    for (const name of names) await deleteService(lab.cluster.client, name);
  });

  test("an advertisement keeps its pool to the nodes and interfaces that it selects", async () => {
    const ref = await createService(lab.cluster.client, "chosen");
    const [address = ""] = await lab.cluster.served(ref);
    const asking = await ask(lab, [address]);
    const first = await asking.settled(address);
    const chosen = lab.nodes.find(({ name }) => name !== first)?.name ?? "";
    const advertise = (name: string, spec: object) =>
      lab.cluster.client.create(l2Advertisements, {
        apiVersion: "fairlead.io/v1alpha1",
        kind: "L2Advertisement",
        metadata: { name },
        spec,
      } as never);
    await advertise("chosen", {
      nodeSelectors: [{ matchLabels: { "kubernetes.io/hostname": chosen } }],
      interfaces: ["eth0"],
    });
    expect(await asking.settled(address, { by: (node) => node === chosen })).toBe(chosen);
    await lab.cluster.edit(l2Advertisements, { name: "chosen" }, { spec: { interfaces: ["mgmt0"] } });
    await asking.silent(address);
    // What has been advertised is not announced again because an advertisement is removed.
    await lab.cluster.remove(l2Advertisements, { name: "chosen" });
    await asking.silent(address);
    await asking.stop();
    await deleteService(lab.cluster.client, "chosen");
  });

  async function pageFrom(address: string): Promise<string> {
    const client = await fetchPages(lab, "warm", address);
    const page = (await client.fetched()).at(-1)?.answer ?? "";
    await client.stop();
    return page;
  }
});
