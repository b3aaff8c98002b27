/** The agents of a lab: `fairlead agent`, one on each node, known by its command line and by what it writes into the API. */
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Announcer, announcers } from "../../../src/api/announcer.ts";
import type { SupervisedServer } from "../../../src/testing/control-plane/supervised.ts";
import type { NodeHost } from "./hosts.ts";
import type { Lab } from "./lab.ts";
import { agentAccount, agentLogin } from "./objects.ts";
import { until } from "./until.ts";

export interface Agents {
  /** Starts the agent of a node; resolves when its process is there. */
  start(node: NodeHost): Promise<void>;
  /** Waits until these agents (default: all that run) say that they take part. */
  ready(nodes?: readonly NodeHost[]): Promise<void>;
  isRunning(node: NodeHost): boolean;
  signal(node: NodeHost, signal: NodeJS.Signals): void;
  /** SIGKILL. Returns when it is gone. */
  kill(node: NodeHost): Promise<void>;
  /** SIGTERM. Returns how it ended, in words. */
  leave(node: NodeHost): Promise<string>;
  announcer(node: NodeHost): Promise<Announcer>;
  /** Resident memory, in MiB. */
  rssMiB(node: NodeHost): Promise<number>;
  log(node: NodeHost): Promise<string>;
}

interface Running {
  readonly process: SupervisedServer;
  ended: boolean;
  /** How often the node's agent had been started before this one was, by its own account. */
  readonly before: number;
}

/** `args` are further arguments of every agent. */
export async function agentsOf(lab: Lab, args: readonly string[] = []): Promise<Agents> {
  const { client } = lab.cluster;
  const keyFile = join(lab.directory, "heartbeat-key");
  await writeFile(keyFile, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
  const running = new Map<string, Running>();
  const logins = new Map<string, string>();

  const announcer = (node: NodeHost) => client.get(announcers, { name: node.name });
  const log = (node: NodeHost) => lab.said(`agent-${node.name}`);
  const of = (node: NodeHost) => {
    const found = running.get(node.name);
    if (found === undefined || found.ended) throw new Error(`No agent runs on ${node.name}`);
    return found;
  };

  async function login(node: NodeHost): Promise<string> {
    const known = logins.get(node.name);
    if (known !== undefined) return known;
    const file = join(lab.directory, `agent-${node.name}.kubeconfig`);
    await writeFile(file, await agentLogin(lab.controlPlane, client, node.name), { mode: 0o600 });
    logins.set(node.name, file);
    return file;
  }

  async function stateOf(node: NodeHost): Promise<void> {
    const { ended, before } = running.get(node.name) ?? {};
    if (ended) throw new Error(`the agent of ${node.name} ended: ${(await log(node)).slice(-2_000)}`);
    const { status } = await announcer(node);
    // What an earlier agent wrote says nothing of this one.
    if (status?.state !== "Ready" || status.incarnation <= (before ?? 0))
      throw new Error(`${node.name} is ${status?.state}, incarnation ${status?.incarnation}`);
  }

  const agents: Agents = {
    announcer,
    log,
    async start(node) {
      const before = await announcer(node).then(
        ({ status }) => status?.incarnation ?? 0,
        () => 0,
      );
      const own = ["--node-name", node.name, "--kubeconfig", await login(node)];
      const key = ["--namespace", agentAccount.namespace, "--heartbeat-key-file", keyFile];
      const command = lab.fairlead(["agent", ...own, ...key, ...args]);
      const process = await lab.start(node.name, `agent-${node.name}`, command);
      const entry: Running = { process, ended: false, before };
      running.set(node.name, entry);
      void process.exited.then(() => {
        entry.ended = true;
      });
    },
    async ready(nodes = lab.nodes.filter((node) => agents.isRunning(node))) {
      for (const node of nodes) await until(`the agent of ${node.name} is ready`, () => stateOf(node));
    },
    isRunning: (node) => running.get(node.name)?.ended === false,
    signal: (node, signal) => of(node).process.signal(signal),
    async kill(node) {
      const { process } = of(node);
      process.signal("SIGKILL");
      await process.exited;
    },
    leave(node) {
      const { process } = of(node);
      process.signal("SIGTERM");
      return process.exited;
    },
    async rssMiB(node) {
      const status = await readFile(`/proc/${of(node).process.pid}/status`, "utf8");
      return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1_024;
    },
  };
  return agents;
}
