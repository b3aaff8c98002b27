/** What may happen to the node that announces an address, and what is to come of it: the rows of the table of `docs/benchmarks.md`. */
import { nodes as nodeObjects, services } from "../../../src/api/kubernetes.ts";
import {
  blockHeartbeats,
  blockTraffic,
  bringLinkUp,
  cutOffFromApi,
  endIsolation,
  findPort,
  isolateFromPeers,
  letHeartbeatsPass,
  losePort,
  reconnectToApi,
  takeLinkDown,
} from "./faults.ts";
import type { NodeHost } from "./hosts.ts";
import { createService, deleteService, labNamespace, setBehind } from "./objects.ts";
import { pause, type Stage } from "./stage.ts";

/**
 * What clients are to see: the same node all the time; another after the first, with a moment at most in which both answer; another after
 * the first, with a gap and never both.
 */
export type Outcome = "stays" | "handed over" | "taken over";

export interface Row {
  readonly name: string;
  readonly outcome: Outcome;
  /** A node that is back may answer for a moment beside the one that stays. */
  readonly momentOfBoth?: true;
  /** Before clients watch. */
  prepare?(stage: Stage, holder: NodeHost): Promise<void>;
  /** While they watch. The holder is that of the time before `prepare`. */
  happen(stage: Stage, holder: NodeHost): Promise<void>;
  /** Afterwards: makes the lab whole again. */
  repair?(stage: Stage, holder: NodeHost): Promise<void>;
}

/** How long what lasts is to last, in milliseconds. */
export interface Times {
  readonly frozen: number;
  readonly apiAway: number;
  readonly observe: number;
}

export function rowsOf(times: Times): Row[] {
  return [
    { name: "none", outcome: "stays", happen: () => pause(times.observe) },
    {
      name: "SIGTERM",
      outcome: "handed over",
      happen: async ({ agents }, holder) => void (await agents.leave(holder)),
      repair: ({ agents }, holder) => agents.start(holder),
    },
    {
      name: "drain",
      outcome: "handed over",
      happen: (stage, holder) =>
        taint(stage, holder, [{ key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" }]),
      repair: (stage, holder) => taint(stage, holder, []),
    },
    {
      name: "excluded by label",
      outcome: "handed over",
      happen: (stage, holder) => exclude(stage, holder, ""),
      repair: (stage, holder) => exclude(stage, holder, null),
    },
    { name: "unrelated objects edited", outcome: "stays", happen: editOthers },
    {
      name: "another agent added and removed",
      outcome: "stays",
      happen: async ({ agents, spare }) => {
        await agents.start(spare);
        await agents.ready([spare]);
        await pause(times.observe);
        await agents.leave(spare);
        await pause(times.observe);
      },
    },
    {
      name: "agent kill -9",
      outcome: "taken over",
      happen: ({ agents }, holder) => agents.kill(holder),
      repair: ({ agents }, holder) => agents.start(holder),
    },
    {
      name: "agent frozen",
      outcome: "taken over",
      happen: async ({ agents }, holder) => agents.signal(holder, "SIGSTOP"),
      repair: async ({ agents }, holder) => agents.signal(holder, "SIGCONT"),
    },
    {
      name: "agent thawed",
      outcome: "stays",
      prepare: async ({ agents }, holder) => {
        agents.signal(holder, "SIGSTOP");
        await pause(times.frozen);
      },
      happen: async ({ agents }, holder) => {
        agents.signal(holder, "SIGCONT");
        await pause(times.observe);
      },
      repair: async ({ agents }, holder) => agents.signal(holder, "SIGCONT"),
    },
    {
      name: "link down",
      outcome: "taken over",
      happen: ({ lab }, holder) => takeLinkDown(lab, holder),
      repair: ({ lab }, holder) => bringLinkUp(lab, holder),
    },
    {
      name: "link back",
      outcome: "stays",
      momentOfBoth: true,
      prepare: async ({ lab }, holder) => {
        await takeLinkDown(lab, holder);
        await pause(times.observe);
      },
      happen: async ({ lab }, holder) => {
        await bringLinkUp(lab, holder);
        await pause(2 * times.observe);
      },
      repair: ({ lab }, holder) => bringLinkUp(lab, holder),
    },
    {
      name: "port lost",
      outcome: "taken over",
      happen: ({ lab }, holder) => losePort(lab, holder),
      repair: ({ lab }, holder) => findPort(lab, holder),
    },
    {
      name: "port back",
      outcome: "stays",
      momentOfBoth: true,
      prepare: async ({ lab }, holder) => {
        await losePort(lab, holder);
        await pause(times.observe);
      },
      happen: async ({ lab }, holder) => {
        await findPort(lab, holder);
        await pause(2 * times.observe);
      },
      repair: ({ lab }, holder) => findPort(lab, holder),
    },
    {
      name: "node gone",
      outcome: "taken over",
      happen: async ({ lab, agents }, holder) => {
        // Without power it has no time to tell the others that its link is down.
        agents.signal(holder, "SIGSTOP");
        await Promise.all([takeLinkDown(lab, holder), cutOffFromApi(lab, holder)]);
        await agents.kill(holder);
      },
      repair: async ({ lab, agents }, holder) => {
        await Promise.all([bringLinkUp(lab, holder), reconnectToApi(lab, holder)]);
        await agents.start(holder);
      },
    },
    {
      name: "heartbeats blocked",
      outcome: "stays",
      happen: async ({ lab }, holder) => {
        await blockHeartbeats(lab, holder);
        await pause(2 * times.observe);
      },
      repair: ({ lab }) => letHeartbeatsPass(lab),
    },
    {
      name: "API server unreachable for this node",
      outcome: "handed over",
      happen: ({ lab }, holder) => cutOffFromApi(lab, holder),
      repair: ({ lab }, holder) => reconnectToApi(lab, holder),
    },
    {
      name: "API server down for all, then back",
      outcome: "stays",
      happen: async ({ lab }) => {
        await lab.controlPlane.stopApiServer();
        await pause(times.apiAway);
        await lab.controlPlane.startApiServer();
        await pause(times.observe);
      },
    },
    ...[
      { name: "cut off from API server and peers", fromPeers: isolateFromPeers },
      { name: "cut off from API server and peers, but for ARP", fromPeers: blockTraffic },
    ].map(
      ({ name, fromPeers }): Row => ({
        name,
        outcome: "taken over",
        happen: async ({ lab }, holder) => {
          await Promise.all([fromPeers(lab, holder), cutOffFromApi(lab, holder)]);
        },
        repair: async ({ lab }, holder) => {
          await Promise.all([endIsolation(lab), reconnectToApi(lab, holder)]);
        },
      }),
    ),
  ];
}

async function taint({ lab }: Stage, node: NodeHost, taints: readonly object[]): Promise<void> {
  await lab.cluster.client.patch(nodeObjects, { name: node.name }, { spec: { taints } }, { type: "merge" });
}

async function exclude({ lab }: Stage, node: NodeHost, value: string | null): Promise<void> {
  const labels = { "node.kubernetes.io/exclude-from-external-load-balancers": value };
  await lab.cluster.client.patch(
    nodeObjects,
    { name: node.name },
    { metadata: { labels } },
    { type: "merge" },
  );
}

/** Services, endpoints, pools and nodes, none of which the address has to do with, and the Service itself in what does not matter. */
async function editOthers({ lab, nodes }: Stage): Promise<void> {
  const { client } = lab.cluster;
  const merge = { type: "merge" } as const;
  await createService(client, "other");
  await lab.cluster.served({ namespace: labNamespace, name: "other" });
  for (let turn = 0; turn < 5; turn++) {
    const annotations = { "example.com/turn": String(turn) };
    for (const name of ["other", "web"])
      await client.patch(services, { namespace: labNamespace, name }, { metadata: { annotations } }, merge);
    for (const { name } of nodes)
      await client.patch(nodeObjects, { name }, { metadata: { annotations } }, merge);
    await setBehind(
      client,
      { namespace: labNamespace, name: "other" },
      { at: "pods", of: nodes.slice(0, 1 + (turn % nodes.length)) },
    );
    await pause(300);
  }
  await deleteService(client, "other");
  await pause(1_000);
}
