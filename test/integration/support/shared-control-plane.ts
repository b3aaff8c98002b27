/** One control plane for all workers of a test run, handed to them through the environment. */
import {
  type AccessData,
  accessTo,
  type ControlPlaneAccess,
} from "../../../src/testing/control-plane/access.ts";
import type { ControlPlane } from "../../../src/testing/control-plane/control-plane.ts";

const variable = "FAIRLEAD_TEST_CONTROL_PLANE";
const slot = Symbol.for("fairlead.test.controlPlane");
const holder = globalThis as { [slot]?: ControlPlane };

/** Makes a control plane the shared one. Called once, in the main process, before workers start. */
export function announceShared(controlPlane: ControlPlane): void {
  const { server, caPem, kubeconfigPath, adminToken } = controlPlane;
  holder[slot] = controlPlane;
  process.env[variable] = JSON.stringify({ server, caPem, kubeconfigPath, adminToken } satisfies AccessData);
}

/** Ends the shared control plane, if there is one. */
export async function stopShared(): Promise<void> {
  await holder[slot]?.stop();
}

/**
 * The control plane that all tests of this run use, with the controller manager. Tests keep to namespaces of their
 * own ({@link testNamespace}) and give cluster-wide objects names of their own. It can't be stopped or paused.
 */
export function sharedControlPlane(): ControlPlaneAccess {
  const data = process.env[variable];
  if (data === undefined)
    throw new Error("No shared control plane: only tests under test/integration have one");
  return accessTo(JSON.parse(data) as AccessData);
}
