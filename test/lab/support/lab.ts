/**
 * A bare-metal cluster out of network namespaces: three nodes with real kube-proxies (or more nodes), a switch, clients, a server behind the
 * Services, a real control plane on an address that the nodes reach, and Fairlead's controller. It knows agents as a command only.
 */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ControlPlane, startControlPlane } from "../../../src/testing/control-plane/control-plane.ts";
import { findBinaries } from "../../../src/testing/control-plane/find-binaries.ts";
import { type SupervisedServer, startSupervisor } from "../../../src/testing/control-plane/supervised.ts";
import { type Cluster, clusterOf } from "../../integration/support/cluster.ts";
import { CONTROLLER, install } from "../../integration/support/installation.ts";
import { backendHost, type NodeHost, nodeHost, podRanges, vipRange4, vipRange6 } from "./hosts.ts";
import { ip } from "./ip.ts";
import { startKeeper } from "./keeper/keep.ts";
import { managementAddress, namespaceOf } from "./names.ts";
import { buildNetwork } from "./network.ts";
import { agentAccount, createNode, labNamespace } from "./objects.ts";
import { labProgram, type Processes, processesOf } from "./processes.ts";
import { until } from "./until.ts";

export interface LabOptions {
  /** Default: 3. */
  readonly nodes?: number;
  /** Whether to make a default class, and a pool of the clients' network. Default: true. */
  readonly pool?: boolean;
  /** The command of Fairlead. Default: its sources. */
  readonly program?: string;
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface Lab extends Processes, AsyncDisposable {
  /** Among the labs of this machine. */
  readonly index: number;
  readonly controlPlane: ControlPlane;
  readonly cluster: Cluster;
  readonly nodes: readonly NodeHost[];
  /** The command line of `fairlead` with these arguments. */
  fairlead(args: readonly string[]): string[];
  /** Runs lines of `ip` on a host; "machine" is the machine itself. */
  ip(host: string, lines: readonly string[]): Promise<void>;
  namespaceOf(host: string): string;
  startKubeProxy(node: NodeHost): Promise<SupervisedServer>;
  /** Ends all of it and removes it. Can be called again. */
  stop(): Promise<void>;
}

const source = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));

/** Resolves when everything but agents runs; about 6 seconds. */
export async function startLab(o: LabOptions = {}): Promise<Lab> {
  const keeper = await startKeeper();
  const undo: (() => Promise<void>)[] = [keeper.end];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      for (const each of undo.toReversed()) await each().catch(() => {});
    })();
    return stopping;
  };
  try {
    return await build(keeper.index, o, undo, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(
  index: number,
  o: LabOptions,
  undo: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Lab> {
  const { signal, log } = o;
  const hosts = Array.from({ length: o.nodes ?? 3 }, (_, at) => nodeHost(at + 1));
  await buildNetwork(index, hosts);
  signal?.throwIfAborted();
  const supervisor = await startSupervisor(await mkdtemp(join(tmpdir(), "fairlead-lab-")));
  undo.push(supervisor.end);
  const processes = processesOf(index, supervisor);
  const [binaries, controlPlane] = await Promise.all([
    findBinaries(["kube-proxy"], { log, signal }),
    startControlPlane({ address: managementAddress(index, 1), log, signal }),
  ]);
  undo.push(controlPlane.stop);
  await install(controlPlane, ["deploy/rbac.yaml", "deploy/agent.yaml", "deploy/admission.yaml"]);
  // The ServiceAccount of the agents comes with the installation; its namespace and that of the Services do too, or are made here.
  await controlPlane.connection({ serviceAccount: agentAccount });
  await controlPlane.call("POST", "/api/v1/namespaces", { metadata: { name: labNamespace } });
  const cluster = await clusterOf(controlPlane);
  undo.push(async () => cluster.client.close());

  const lab: Lab = {
    ...processes,
    index,
    controlPlane,
    cluster,
    nodes: hosts,
    fairlead: (args) => [
      process.execPath,
      "--disable-warning=ExperimentalWarning",
      o.program ?? source,
      ...args,
    ],
    ip: (host, lines) => ip(lines, host === "machine" ? undefined : namespaceOf(index, host)),
    namespaceOf: (host) => namespaceOf(index, host),
    startKubeProxy: ({ name }) =>
      processes.start(name, `kube-proxy-${name}`, [
        binaries["kube-proxy"],
        `--kubeconfig=${controlPlane.kubeconfigPath}`,
        `--hostname-override=${name}`,
        "--proxy-mode=nftables",
        `--cluster-cidr=${podRanges.join()}`,
        "--detect-local-mode=ClusterCIDR",
        // Outside the machine's first namespace these limits can't be written, and it would end.
        "--conntrack-max-per-core=0",
        "--conntrack-min=0",
        "--nodeport-addresses=primary",
      ]),
    stop,
    [Symbol.asyncDispose]: stop,
  };
  await populate(lab, o.pool ?? true);
  return lab;
}

async function populate(lab: Lab, withPool: boolean): Promise<void> {
  const { cluster, nodes } = lab;
  await Promise.all(nodes.map((node) => createNode(cluster.client, node)));
  await Promise.all([
    startController(lab),
    ...nodes.map((node) => lab.startKubeProxy(node)),
    ...[...nodes.map(({ pod }) => pod.name), backendHost.name].map((host) =>
      lab.start(host, `server-${host}`, labProgram("http-server", [host, "8080"])),
    ),
  ]);
  if (withPool) {
    await cluster.createClass("metal", { default: true });
    await cluster.createPool("lab", { addresses: [vipRange4, vipRange6] });
  }
  await Promise.all(nodes.map((node) => kubeProxyHealthy(lab, node)));
}

async function startController(lab: Lab): Promise<void> {
  const kubeconfig = join(lab.directory, "controller.kubeconfig");
  await writeFile(kubeconfig, await lab.controlPlane.kubeconfig(CONTROLLER), { mode: 0o600 });
  const nowhere = ["--metrics-bind-address", "0", "--health-probe-bind-address", "0"];
  const flags = ["--kubeconfig", kubeconfig, "--leader-elect=false", ...nowhere];
  await lab.start("machine", "controller", lab.fairlead(["controller", ...flags]));
}

/** It waits for its Node without a word, so this is asked last. */
async function kubeProxyHealthy(lab: Lab, { name, number }: NodeHost): Promise<void> {
  const url = `http://${managementAddress(lab.index, 10 + number)}:10256/healthz`;
  await until(`kube-proxy of ${name} is healthy`, async () => {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    if (status !== 200)
      throw new Error(`status ${status}: ${(await lab.said(`kube-proxy-${name}`)).slice(-500)}`);
  });
}
