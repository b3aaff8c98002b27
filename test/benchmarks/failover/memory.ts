/** What an agent keeps in memory: with three Services, and on wish with as many addresses and EndpointSlices as a large cluster has. */
import { type EndpointSlice, endpointSlices } from "../../../src/api/kubernetes.ts";
import { createService, labNamespace } from "../../lab/support/objects.ts";
import { pause, type Stage } from "../../lab/support/stage.ts";
import { until } from "../../lab/support/until.ts";
import { printTable } from "../report.ts";

export interface Memory {
  readonly with: string;
  /** Of each agent, in MiB. */
  readonly rssMiB: readonly number[];
}

const addresses = 2_000;
const slices = 10_000;
const atOnce = 50;

export async function measureMemory(
  stage: Stage,
  o: { readonly large: boolean; readonly tell: (line: string) => void },
): Promise<Memory[]> {
  const { lab, agents, nodes } = stage;
  const { client } = lab.cluster;
  for (const name of ["second", "third"]) await lab.cluster.served(await createService(client, name));
  const rss = async () => Promise.all(nodes.map(async (node) => Math.round(await agents.rssMiB(node))));
  // Fresh ones: those of the rounds before have seen much.
  const restart = async () => {
    for (const node of nodes) await agents.leave(node);
    await Promise.all(nodes.map((node) => agents.start(node)));
    await agents.ready(nodes);
    await pause(30_000);
  };
  await restart();
  const memory: Memory[] = [{ with: "3 Services", rssMiB: await rss() }];
  if (!o.large) return memory;

  const pool = ["10.77.208.0/20"];
  await lab.cluster.createPool("large", { addresses: pool });
  o.tell(`Making ${slices} EndpointSlices and ${addresses} Services …`);
  await inTurn(slices, (number) => client.create(endpointSlices, sliceOf(number)));
  await inTurn(addresses, async (number) => {
    await createService(client, `large-${number}`);
  });
  await until(
    "every Service has its address, and a node for it",
    async () => {
      const held = await Promise.all(nodes.map((node) => agents.announcer(node)));
      const count = held.flatMap(({ status }) =>
        (status?.addresses ?? []).filter(({ state }) => state === "Announcing"),
      ).length;
      if (count < addresses) throw new Error(`${count} are announced`);
    },
    { limitMs: 600_000 },
  );
  await pause(30_000);
  const what = `${addresses} addresses, ${slices} EndpointSlices`;
  memory.push({ with: `${what}, since before`, rssMiB: await rss() });
  await restart();
  memory.push({ with: `${what}, agents started after`, rssMiB: await rss() });
  return memory;
}

export function printMemory(memory: readonly Memory[]): void {
  printTable(
    "Resident memory of the agents, MiB (aim with 3 Services: 80)",
    memory.map(({ with: what, rssMiB }) => ({ with: what, agents: rssMiB.join(", ") })),
  );
}

async function inTurn(count: number, make: (number: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await make(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Of a Service that nobody announces, as most are. */
function sliceOf(number: number): EndpointSlice {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `slice-${number}`,
      namespace: labNamespace,
      labels: {
        "kubernetes.io/service-name": `inside-${number}`,
        "endpointslice.kubernetes.io/managed-by": "lab",
      },
    },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    endpoints: Array.from({ length: 10 }, (_, pod) => ({
      addresses: [`10.244.${number % 250}.${pod + 3}`],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: `node${(pod % 3) + 1}`,
    })),
  } as never;
}
