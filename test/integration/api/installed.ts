/** What the files of the repository bring into a cluster, applied with kubectl as a user would. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ControlPlaneAccess } from "../../../src/testing/control-plane/access.ts";
import { findBinaries } from "../../../src/testing/control-plane/find-binaries.ts";

const root = join(import.meta.dirname, "../../..");
const run = promisify(execFile);

/** Runs kubectl in the root of the repository; what it says on either output. */
export type Kubectl = (...args: string[]) => Promise<{ stdout: string; stderr: string }>;

/** kubectl as `admin`. */
export async function kubectlFor(controlPlane: ControlPlaneAccess): Promise<Kubectl> {
  const { kubectl } = await findBinaries(["kubectl"]);
  const env = { ...process.env, KUBECONFIG: controlPlane.kubeconfigPath };
  return (...args) => run(kubectl, args, { cwd: root, env });
}

/** Applies the CRDs and waits until they are served. */
export async function installCrds(kubectl: Kubectl): Promise<{ stdout: string; stderr: string }> {
  const applied = await kubectl("apply", "-f", "crds");
  await kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", "crds");
  return applied;
}
