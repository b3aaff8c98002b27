/** Starts the control plane that all integration tests share, before the first of them. */
import { startControlPlane } from "../../../src/testing/control-plane/control-plane.ts";
import { announceShared } from "./shared-control-plane.ts";

export default async function setup(): Promise<void> {
  const log = (line: string) => process.stderr.write(`${line}\n`);
  announceShared(await startControlPlane({ controllerManager: true, log }));
}
