/** The connection to the API server as command lines know it: --kubeconfig, KUBECONFIG, the pod, ~/.kube/config. */

import { messageOf } from "../runtime/errors.ts";
import { type Connection, loadConnection } from "../runtime/kube/connection.ts";
import { UserError } from "./user-error.ts";

export interface ConnectOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** @throws UserError that says what was looked for. */
export async function connect(o: ConnectOptions): Promise<Connection> {
  try {
    return await loadConnection({
      kubeconfig: o.kubeconfig ?? (process.env.KUBECONFIG || undefined),
      context: o.context,
    });
  } catch (error) {
    const { code, path } = error as { code?: string; path?: string };
    throw new UserError(
      code === "ENOENT" ? `There is no kubeconfig ${path}` : messageOf(error),
      "Name a kubeconfig with --kubeconfig FILE or the variable KUBECONFIG, and a context of it with --context NAME.",
    );
  }
}
