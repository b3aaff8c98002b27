/**
 * The main job on this machine: a real control plane, the controller under its minimal role, and Services that get addresses:
 * `npm run quickstart [-- --once]`. With --once it ends by itself, with code 0 only if all went as expected.
 */

import { accessSync, constants } from "node:fs";
import { readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { loadBalancers } from "../src/api/load-balancer.ts";
import { createKubeClient } from "../src/runtime/kube/client.ts";
import { type ControlPlane, startControlPlane } from "../src/testing/control-plane/control-plane.ts";
import { argumentsOf } from "./arguments/arguments-of.ts";
import { applyFile } from "./quickstart/apply.ts";
import { buildIfStale, command, root, runCommand } from "./quickstart/built-command.ts";
import { startController } from "./quickstart/controller.ts";
import { allAsExpected } from "./quickstart/expected.ts";

const values = argumentsOf(
  `npm run quickstart [-- --once]: the main job on this machine, on a real control plane

  --once   end by itself, with code 0 only if all went as expected`,
  { once: { type: "boolean", default: false } },
);
const examples = "examples/quickstart";

const tell = (line: string) => process.stdout.write(`${line}\n`);
const step = (line: string) => tell(`\n== ${line}`);

const stopping = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stopping.abort());

try {
  buildIfStale(tell);
  step(
    "A control plane: etcd, kube-apiserver and kube-controller-manager (the first time their programs are fetched or built)",
  );
  await using controlPlane = await startControlPlane({
    controllerManager: true,
    log: tell,
    signal: stopping.signal,
  });
  tell(`${controlPlane.server} is up.`);
  await show(controlPlane);
} catch (error) {
  if (!stopping.signal.aborted) {
    tell(`\nThe quick start failed: ${Error.isError(error) ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
if (stopping.signal.aborted) tell("\nStopped. Nothing was left behind.");

async function show(controlPlane: ControlPlane): Promise<void> {
  const { signal } = stopping;
  const client = createKubeClient(await controlPlane.connection());
  const kubeconfig = controlPlane.kubeconfigPath;
  try {
    step("Fairlead: its kinds, its policies, and the role of its controller");
    const crds = (await readdir(join(root, "crds"))).sort().map((name) => `crds/${name}`);
    for (const file of [...crds, "deploy/rbac.yaml", "deploy/admission.yaml"]) {
      await applyFile(client, join(root, file), { signal });
      tell(`applied ${file}`);
    }

    step("The controller, as the ServiceAccount fairlead-controller");
    await using controller = await startController(controlPlane, signal);
    tell(`It runs with process id ${controller.pid} and is the leader.`);

    step(`The manifests of ${examples}`);
    const watching = tellOfAddresses();
    for (const file of (await readdir(join(root, examples))).sort()) {
      const applied = (object: string) => tell(`applied ${object}`);
      await applyFile(client, join(root, examples, file), { signal, applied });
    }
    const outcome = await allAsExpected(client, signal);
    watching.stop();
    step("npx fairlead status");
    tell(await runCommand(["status", "--kubeconfig", kubeconfig]));
    if (!outcome.ok) {
      tell(`\nNot as expected: ${outcome.why}\nThe end of the controller's log:\n${await controller.log()}`);
      process.exitCode = 1;
    }
    if (values.once || signal.aborted) return;
    next(kubeconfig);
    await Promise.race([
      controller.ended,
      new Promise((resolve) => signal.addEventListener("abort", resolve)),
    ]);
    if (!signal.aborted) throw new Error(`The controller ended by itself:\n${await controller.log()}`);
  } finally {
    client.close();
  }

  /** Says of each load balancer what it gets, as it gets it. */
  function tellOfAddresses(): { stop(): void } {
    const ending = new AbortController();
    const either = AbortSignal.any([signal, ending.signal]);
    const said = new Map<string, string>();
    void (async () => {
      while (!either.aborted) {
        try {
          for await (const { type, object } of client.watch(loadBalancers, { signal: either })) {
            if (type === "BOOKMARK") continue;
            const { name, namespace } = object.metadata;
            const line = lineOf(object.status);
            if (line === undefined || said.get(`${namespace}/${name}`) === line) continue;
            said.set(`${namespace}/${name}`, line);
            tell(`  ${namespace}/${name}: ${line}`);
          }
        } catch {
          // The watch is a courtesy: it begins anew or ends with us.
        }
      }
    })();
    return { stop: () => ending.abort() };
  }
}

interface Told {
  readonly addresses?:
    | readonly { readonly ip?: string | undefined; readonly pool?: string | undefined }[]
    | undefined;
  readonly conditions?:
    | readonly { readonly type: string; readonly reason: string; readonly message: string }[]
    | undefined;
}

function lineOf({ addresses = [], conditions = [] }: Told = {}): string | undefined {
  if (addresses.length > 0) return addresses.map(({ ip, pool }) => `${ip} from pool ${pool}`).join(", ");
  const programmed = conditions.find(({ type }) => type === "Programmed");
  return programmed === undefined ? undefined : `waits, ${programmed.reason}: ${programmed.message}`;
}

function next(kubeconfig: string): void {
  const patch = `'{"spec":{"addresses":["198.51.100.10-198.51.100.11","203.0.113.7/32"]}}'`;
  step("To look further, in another terminal");
  tell(`export KUBECONFIG=${kubeconfig}`);
  tell("npx fairlead explain shop/legacy");
  if (hasKubectl()) {
    tell("kubectl get fairlead -A");
    tell(
      `kubectl patch ipaddresspool reserved --type merge -p ${patch}   # gives the one that waits its address`,
    );
  } else {
    tell("npx fairlead status -o yaml");
    tell(`npx fairlead plan -f ${examples}   # the same without a cluster`);
  }
  tell(`\nThe controller's command is ${command}. Ctrl-C ends everything and removes it.`);
}

function hasKubectl(): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, "kubectl"), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
