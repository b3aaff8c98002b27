/** A real Kubernetes control plane for as long as a test, a trial or a session lasts: etcd and kube-apiserver, and the controller manager on wish. */

import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accessTo, type ControlPlaneAccess } from "./access.ts";
import { kubeconfigOf, writeCredentials } from "./credentials.ts";
import { type FindOptions, findBinaries } from "./find-binaries.ts";
import { freePorts } from "./free-ports.ts";
import { untilReady } from "./readiness.ts";
import {
  apiServerFlags,
  controllerManagerFlags,
  type ExtraFlags,
  etcdFlags,
  files,
  type Layout,
  type ServerName,
  withExtra,
} from "./servers.ts";
import { type SupervisedServer, type Supervisor, startSupervisor } from "./supervised.ts";

/** What to start. Everything has a default. */
export interface ControlPlaneOptions extends FindOptions {
  /**
   * Also run kube-controller-manager. Without it nothing is garbage collected, selectors give no EndpointSlices,
   * namespaces have no ServiceAccounts and never finish terminating. Default: false.
   */
  readonly controllerManager?: boolean;
  /** Flags by server, over and besides ours. */
  readonly flags?: ExtraFlags;
  /** The address of this machine at which the API server is served. Default: 127.0.0.1. */
  readonly address?: string;
  /** How long each server may take until it answers, in milliseconds. Default: 60,000. */
  readonly startTimeoutMs?: number;
}

/** A running control plane. */
export interface ControlPlane extends ControlPlaneAccess {
  /** Ends the API server as an outage would, and resolves when it is gone. Everything else stays. */
  stopApiServer(): Promise<void>;
  /** Starts the API server again on the same port, over the same data; resolves when it is ready. */
  startApiServer(): Promise<void>;
  /** Halts a server without ending it (SIGSTOP): connections stay open and nothing answers. */
  pause(server: ServerName): void;
  resume(server: ServerName): void;
  /** The last lines that a server wrote. */
  log(server: ServerName, lines?: number): Promise<string>;
  /** Ends everything and removes all data. Can be called again. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const startAttempts = 3;

/**
 * Starts a control plane on free ports and resolves when it is ready; about 2 seconds once the programs are
 * there. It never outlives this process: when that is gone, even by SIGKILL, servers and data go too.
 * @throws when a program can't be had (with what to install), or a server does not get ready (with the end of its log)
 */
export async function startControlPlane(o: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const names = [
    "etcd",
    "kube-apiserver",
    ...(o.controllerManager ? (["kube-controller-manager"] as const) : []),
  ] as const;
  const binaries = await findBinaries(names, o);
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(binaries, o);
    } catch (error) {
      // A free port may have been taken by somebody else before our server came to it.
      const portTaken = Error.isError(error) && error.message.includes("address already in use");
      if (!portTaken || attempt === startAttempts) throw error;
    }
  }
}

async function startOnce(
  binaries: Readonly<Partial<Record<ServerName, string>>>,
  o: ControlPlaneOptions,
): Promise<ControlPlane> {
  o.signal?.throwIfAborted();
  const directory = await mkdtemp(join(tmpdir(), "fairlead-control-plane-"));
  const supervisor = await startSupervisor(directory);
  try {
    return await startServers(supervisor, binaries, o);
  } catch (error) {
    await supervisor.end();
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function startServers(
  supervisor: Supervisor,
  binaries: Readonly<Partial<Record<ServerName, string>>>,
  o: ControlPlaneOptions,
): Promise<ControlPlane> {
  const { directory } = supervisor;
  const adminToken = await writeCredentials(directory);
  const [etcdPort = 0, peerPort = 0, apiPort = 0] = await freePorts(3);
  const at: Layout = {
    directory,
    address: o.address ?? "127.0.0.1",
    etcdPort,
    peerPort,
    apiPort,
    withControllerManager: o.controllerManager ?? false,
  };
  const server = `https://${at.address}:${apiPort}`;
  const wait = { deadlineMs: o.startTimeoutMs ?? 60_000, signal: o.signal };
  const certificate = join(directory, files.certificate);
  const headers = { authorization: `Bearer ${adminToken}` };
  const running = new Map<ServerName, SupervisedServer>();

  async function start(name: ServerName, flags: readonly string[]): Promise<SupervisedServer> {
    const started = await supervisor.start(name, binaries[name] ?? name, withExtra(flags, o.flags?.[name]));
    running.set(name, started);
    return started;
  }

  async function startApiServer(): Promise<void> {
    const started = await start("kube-apiserver", apiServerFlags(at));
    await untilReady(started, { url: `${server}/readyz`, headers, ca: () => readIfThere(certificate) }, wait);
  }

  async function stopApiServer(): Promise<void> {
    const stopping = running.get("kube-apiserver");
    stopping?.signal("SIGKILL");
    await stopping?.exited;
  }

  const etcd = await start("etcd", etcdFlags(at));
  await untilReady(
    etcd,
    { url: `http://127.0.0.1:${etcdPort}/health`, accept: (_, body) => body.includes('"true"') },
    wait,
  );
  await startApiServer();
  const caPem = await readFile(certificate, "utf8");
  const kubeconfigPath = join(directory, files.kubeconfig);
  await writeFile(kubeconfigPath, kubeconfigOf({ server, caPem, token: adminToken }), { mode: 0o600 });
  if (at.withControllerManager) {
    const manager = await start("kube-controller-manager", controllerManagerFlags(at));
    // The ServiceAccount of the default namespace is among the last things that its controllers make from nothing.
    const url = `${server}/api/v1/namespaces/default/serviceaccounts/default`;
    await untilReady(manager, { url, headers, ca: () => caPem }, wait);
  }
  return {
    ...accessTo({ server, caPem, kubeconfigPath, adminToken }),
    startApiServer,
    stopApiServer,
    pause: (name) => running.get(name)?.signal("SIGSTOP"),
    resume: (name) => running.get(name)?.signal("SIGCONT"),
    log: async (name, lines) => (await running.get(name)?.log(lines)) ?? "",
    stop: supervisor.end,
    [Symbol.asyncDispose]: supervisor.end,
  };
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
