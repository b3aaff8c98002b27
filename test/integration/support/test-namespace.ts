/** A namespace for one test, so that tests on a shared control plane do not meet. */
import { randomBytes } from "node:crypto";
import type { ControlPlaneAccess } from "../../../src/testing/control-plane/access.ts";

/** Creates a namespace with a name that nobody else has, and gives the name. It stays until the control plane goes. */
export async function testNamespace(controlPlane: ControlPlaneAccess, prefix = "test"): Promise<string> {
  const name = `${prefix}-${randomBytes(4).toString("hex")}`;
  await controlPlane.call("POST", "/api/v1/namespaces", { metadata: { name } });
  return name;
}
