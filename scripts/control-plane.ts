/**
 * Runs a control plane until it is told to stop: `npm run control-plane [-- --kubeconfig FILE]`.
 * The path of the kubeconfig goes to standard output, everything else to standard error.
 */
import { copyFile, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { startControlPlane } from "../src/testing/control-plane/control-plane.ts";
import { argumentsOf } from "./arguments/arguments-of.ts";

const values = argumentsOf(
  `npm run control-plane [-- OPTIONS]: a Kubernetes API server until Ctrl-C

  --kubeconfig FILE              also write the kubeconfig there; it is removed at the end
  --without-controller-manager   without kube-controller-manager`,
  {
    kubeconfig: { type: "string" },
    "without-controller-manager": { type: "boolean", default: false },
  },
);
const tell = (line: string) => process.stderr.write(`${line}\n`);

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopping.abort());

try {
  await using controlPlane = await startControlPlane({
    controllerManager: !values["without-controller-manager"],
    log: tell,
    signal: stopping.signal,
  });
  const kubeconfig = resolve(values.kubeconfig ?? controlPlane.kubeconfigPath);
  if (kubeconfig !== controlPlane.kubeconfigPath) await copyFile(controlPlane.kubeconfigPath, kubeconfig);
  tell(`A control plane is up at ${controlPlane.server}. Ctrl-C ends it and removes its data. For kubectl:`);
  tell(`  export KUBECONFIG=${kubeconfig}`);
  process.stdout.write(`${kubeconfig}\n`);
  await new Promise<void>((done) => stopping.signal.addEventListener("abort", () => done(), { once: true }));
  await rm(kubeconfig, { force: true });
} catch (error) {
  if (!stopping.signal.aborted) {
    tell(Error.isError(error) ? error.message : String(error));
    process.exitCode = 1;
  }
}
