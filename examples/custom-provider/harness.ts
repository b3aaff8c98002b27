/** The appliance as the conformance suite sees it. */
import type { Node } from "../../src/index.ts";
import type { CallHook, CloudFault, ProviderHarness } from "../../src/testing/index.ts";
import { type Answer, type Appliance, startAppliance } from "./appliance.ts";

const answers: Readonly<Record<CloudFault, Answer | undefined>> = {
  cut: undefined,
  throttled: { status: 429, body: { error: "slow down" } },
  quota: { status: 507, body: { error: "no licence for more" } },
  permission: { status: 403, body: { error: "not with this token" } },
  invalid: { status: 422, body: { error: "ports: can't be had" } },
};

export async function applianceHarness(): Promise<ProviderHarness & Pick<Appliance, "stop">> {
  let hook: CallHook = async () => undefined;
  const { url, virtualServers, add, stop } = await startAppliance({
    async around(name, work) {
      const call = { name, write: !name.startsWith("GET") };
      const early = await hook(call, "before");
      if (early !== undefined) return answers[early];
      const answer = work();
      return (await hook(call, "after")) === undefined ? answer : undefined;
    },
  });
  const first = [node(1), node(2)];
  let machines = first.length;
  return {
    stop,
    cls: () => ({ settings: { url } }),
    reset: async () => virtualServers.clear(),
    onCall(next) {
      hook = next;
    },
    snapshot: async () =>
      [...virtualServers.values()].map(({ id, address, ...state }) => ({
        kind: "virtual-server",
        id,
        generated: [address],
        state,
      })),
    async addForeign() {
      add({
        name: "intranet",
        tags: { owner: "somebody" },
        ports: [{ port: 80, backendPort: 80 }],
        backends: [],
      });
    },
    async unmark() {
      for (const [id, server] of virtualServers) virtualServers.set(id, { ...server, tags: {} });
    },
    async changeByHand() {
      for (const [id, server] of virtualServers) virtualServers.set(id, { ...server, ports: [] });
    },
    nodes: {
      list: () => first,
      async add() {
        machines += 1;
        return node(machines);
      },
      async serving() {
        const [server] = [...virtualServers.values()].filter(({ ports }) =>
          ports.some(({ port }) => port === 80),
        );
        return (server?.backends ?? []).map((address) => `node-${address.split(".").at(-1)}`);
      },
    },
  };
}

function node(number: number): Node {
  return {
    metadata: { name: `node-${number}`, uid: `node-${number}` },
    status: {
      addresses: [{ type: "InternalIP", address: `10.0.0.${number}` }],
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
}
