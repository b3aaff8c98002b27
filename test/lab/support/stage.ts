/** A lab with agents, one address and clients that watch it: what a round of failover needs. */
import { setTimeout as delay } from "node:timers/promises";
import { l2Advertisements } from "../../../src/api/l2-advertisement.ts";
import { type Agents, agentsOf } from "./agents.ts";
import { type Asking, ask, type Fetching, fetchPages } from "./clients.ts";
import type { NodeHost } from "./hosts.ts";
import { type Lab, type LabOptions, startLab } from "./lab.ts";
import { createService, deleteService, labNamespace } from "./objects.ts";

export interface Stage extends AsyncDisposable {
  readonly lab: Lab;
  readonly agents: Agents;
  /** The nodes that take part from the beginning. One more stands by. */
  readonly nodes: readonly NodeHost[];
  readonly spare: NodeHost;
  /** The one that is watched. */
  readonly address: string;
}

const participants = 3;

export interface StageOptions extends LabOptions {
  /**
   * The nodes also have interfaces that lead no client anywhere: whether an advertisement keeps announcements to eth0, or nothing is
   * said and the networks of the interfaces decide. Default: an advertisement.
   */
  readonly eth0By?: "advertisement" | "network";
}

/** Resolves when the agents are ready. */
export async function setStage({ eth0By = "advertisement", ...o }: StageOptions = {}): Promise<Stage> {
  const lab = await startLab({ nodes: participants + 1, ...o });
  try {
    const { client } = lab.cluster;
    if (eth0By === "advertisement")
      await client.create(l2Advertisements, {
        apiVersion: "fairlead.io/v1alpha1",
        kind: "L2Advertisement",
        metadata: { name: "clients" },
        spec: { interfaces: ["eth0"] },
      } as never);
    const agents = await agentsOf(lab);
    const nodes = lab.nodes.slice(0, participants);
    const spare = lab.nodes[participants];
    if (spare === undefined) throw new Error("A stage has a node more than take part");
    await Promise.all(nodes.map((node) => agents.start(node)));
    // One address, so that nothing ever moves for the sake of balance.
    const [address = ""] = await lab.cluster.served(await createService(client, "web"));
    await agents.ready();
    return { lab, agents, nodes, spare, address, [Symbol.asyncDispose]: lab.stop };
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

/** The same stage, with an IPv6 address in the place of its address. Can be called again. */
export async function byIPv6(stage: Stage): Promise<Stage> {
  const { cluster } = stage.lab;
  const ref = { namespace: labNamespace, name: "web" };
  const [current = ""] = await cluster.served(ref);
  if (current.includes(":")) return { ...stage, address: current };
  await deleteService(cluster.client, "web");
  const [address = ""] = await cluster.served(
    await createService(cluster.client, "web", { families: "IPv6" }),
  );
  return { ...stage, address };
}

export interface Watchers {
  readonly asking: Asking;
  readonly warm: Fetching;
  readonly cold: Fetching;
  stop(): Promise<void>;
}

/** The three clients, once each has its answer. */
export async function watch({ lab, address }: Stage): Promise<Watchers> {
  const asking = await ask(lab, [address]);
  const [warm, cold] = await Promise.all([
    fetchPages(lab, "warm", address),
    fetchPages(lab, "cold", address),
  ]);
  return {
    asking,
    warm,
    cold,
    stop: async () => {
      await Promise.all([asking, warm, cold].map((client) => client.stop()));
    },
  };
}

export function nodeNamed({ lab }: Stage, name: string): NodeHost {
  const found = lab.nodes.find((node) => node.name === name);
  if (found === undefined) throw new Error(`${name} is no node of the lab: somebody else answers`);
  return found;
}

export function pause(ms: number): Promise<void> {
  return delay(ms);
}
