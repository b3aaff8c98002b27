/** `fairlead_agent_*`: what the agent of a node announces, whom it hears, and how late it is. Asked of the network thread at each scrape. */
import { Counter, Gauge, type Registry } from "prom-client";
import { sleep } from "../runtime/clock.ts";
import type { Agent } from "./agent.ts";
import type { Statistics } from "./thread/messages.ts";

export interface AgentRecording {
  readonly happened: (reason: string) => void;
}

/** A thread that is busy for longer than this answers at the next scrape. */
const patienceMs = 1_000;
const states = ["Announcing", "Offering", "Probing", "Conflict"] as const;

/** @param agent may be made later than its metrics */
export function agentMetrics(registry: Registry, agent: () => Agent | undefined): AgentRecording {
  const registers = [registry];
  const asked = sharedStatistics(agent);
  const counter = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    values: (statistics: Statistics) => readonly (readonly [Partial<Record<L, string>>, number])[],
  ) =>
    new Counter({
      name,
      help,
      labelNames,
      registers,
      async collect() {
        const statistics = await asked();
        if (statistics === undefined) return;
        this.reset();
        for (const [labels, value] of values(statistics)) this.inc(labels, value);
      },
    });

  new Gauge({
    name: "fairlead_agent_address_announced",
    help: "1 for each address that this node answers for on layer 2",
    labelNames: ["address", "mode"],
    registers,
    collect() {
      this.reset();
      for (const { address, mode, state } of agent()?.view().protocol?.addresses ?? [])
        if (state === "Announcing" || state === "Offering") this.set({ address, mode }, 1);
    },
  });
  new Gauge({
    name: "fairlead_agent_addresses",
    help: "Addresses that this node has to do with, by state",
    labelNames: ["state"],
    registers,
    collect() {
      const addresses = agent()?.view().protocol?.addresses ?? [];
      for (const state of states)
        this.set({ state }, addresses.filter((each) => each.state === state).length);
    },
  });
  new Gauge({
    name: "fairlead_agent_peers_heard",
    help: "Other nodes whose agents were heard within 600 ms",
    registers,
    collect() {
      this.set(agent()?.view().protocol?.heard.length ?? 0);
    },
  });
  new Gauge({
    name: "fairlead_agent_blind",
    help: "1 while the API server is out of reach and another node reaches it",
    registers,
    collect() {
      this.set(agent()?.view().protocol?.blind === true ? 1 : 0);
    },
  });
  new Gauge({
    name: "fairlead_agent_api_age_seconds",
    help: "Since the API server answered, and all that is known was as new",
    registers,
    collect() {
      const since = agent()?.view().sinceApiMs;
      if (since !== undefined) this.set(since / 1000);
    },
  });
  new Gauge({
    name: "fairlead_agent_network_thread_lag_seconds",
    help: "Longest delay of a turn of the network thread since the last scrape",
    registers,
    async collect() {
      const statistics = await asked();
      if (statistics !== undefined) this.set(statistics.lagMs / 1000);
    },
  });
  new Gauge({
    name: "fairlead_agent_network_thread_heap_bytes",
    help: "JavaScript heap of the network thread",
    registers,
    async collect() {
      const statistics = await asked();
      if (statistics !== undefined) this.set(statistics.heapBytes);
    },
  });
  counter(
    "fairlead_agent_requests_total",
    "ARP requests and neighbour solicitations for announced addresses",
    ["address", "interface"],
    ({ addresses }) =>
      addresses.map(({ address, interface: name, requests }) => [{ address, interface: name }, requests]),
  );
  counter(
    "fairlead_agent_answers_total",
    "Answers given to them",
    ["address", "interface"],
    ({ addresses }) =>
      addresses.map(({ address, interface: name, answers }) => [{ address, interface: name }, answers]),
  );
  counter(
    "fairlead_agent_announcements_total",
    "Announcements sent unasked",
    ["address", "interface"],
    ({ addresses }) =>
      addresses.map(({ address, interface: name, announcements }) => [
        { address, interface: name },
        announcements,
      ]),
  );
  counter("fairlead_agent_heartbeats_sent_total", "Heartbeats sent, in datagrams", [], ({ heartbeats }) => [
    [{}, heartbeats.sent],
  ]);
  counter(
    "fairlead_agent_heartbeats_received_total",
    "Heartbeats taken, in datagrams",
    [],
    ({ heartbeats }) => [[{}, heartbeats.received]],
  );
  counter(
    "fairlead_agent_heartbeats_refused_total",
    "Datagrams that were not taken, by why",
    ["reason"],
    ({ heartbeats }) => Object.entries(heartbeats.refused).map(([reason, value]) => [{ reason }, value]),
  );
  counter(
    "fairlead_agent_peer_heartbeats_missed_total",
    "Heartbeats of a node that were sent and not heard",
    ["node"],
    ({ peers }) => peers.map(({ node, missed }) => [{ node }, missed]),
  );
  const happenings = new Counter({
    name: "fairlead_agent_happenings_total",
    help: "What happened to addresses and to the agent, by reason: TookOver, HandedOver, AddressInUse, …",
    labelNames: ["reason"],
    registers,
  });
  for (const reason of ["TookOver", "HandedOver", "AddressInUse", "Fenced"]) happenings.inc({ reason }, 0);
  return { happened: (reason) => happenings.inc({ reason }) };
}

/** One question to the thread for all metrics of a scrape. */
function sharedStatistics(agent: () => Agent | undefined): () => Promise<Statistics | undefined> {
  let underWay: Promise<Statistics | undefined> | undefined;
  return () => {
    underWay ??= Promise.race([agent()?.statistics(), sleep(patienceMs).then(() => undefined)]).finally(
      () => {
        // All metrics of a scrape ask in the same turn; the next scrape asks anew.
        setImmediate(() => {
          underWay = undefined;
        });
      },
    );
    return underWay;
  };
}
